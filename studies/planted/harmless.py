"""Changes of the clean package that cost nothing: what an honest commit also looks like."""

import random

WORDS = ("plain", "quick", "steady", "tidy", "calm", "round", "small", "warm")

KINDS = (
    # another docstring, another name, another order, and a function that nobody calls
    ("workflow.py", '^"""Workflows', '"""Workflows, the WORD ones'),
    ("agent.py", r"\bhistory\b", "WORD_history"),
    (
        "schemas.py",
        r"(?s)(def field_names.*)(def schema_name.*)(?=def _register)",
        r"# Names, the WORD way.\n\2\1",
    ),
    (
        "agent.py",
        r"\Z",
        '\n\ndef WORD(text: str) -> str:\n    """`text`, WORD."""\n    return text\n',
    ),
)
"""File, and what is replaced by what in it, as `re.sub` has them."""


def changes() -> list[tuple[str, str, str]]:
    """Different changes, each a kind with a word in place of WORD; always in the same order."""
    every = [(file, old, new.replace("WORD", w)) for w in WORDS for file, old, new in KINDS]
    random.Random(0).shuffle(every)
    return every
