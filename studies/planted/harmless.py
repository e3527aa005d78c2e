"""Changes of the clean package that cost nothing: what an honest commit also looks like."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

AGENT, SCHEMAS, WORKFLOW = (f"plantedagents/{name}.py" for name in ("agent", "schemas", "workflow"))
Sources = Mapping[str, str]
WORDS = ("plain", "quick", "steady", "tidy", "calm", "round", "small", "warm")


def reworded(sources: Sources, word: str) -> dict[str, str]:
    """Another docstring."""
    old = '"""Workflows: named steps'
    return _replaced(sources, WORKFLOW, old, f'"""Workflows, the {word} ones: named steps')


def renamed(sources: Sources, word: str) -> dict[str, str]:
    """Another name of a local variable."""
    text = re.sub(r"\bhistory\b", f"{word}_history", sources[AGENT])
    return {**sources, AGENT: text}


def reordered(sources: Sources, word: str) -> dict[str, str]:
    """Two functions in the other order, with a comment."""
    head, first, second, tail = re.split(
        r"(?=^def field_names)|(?=^def schema_name)|(?=^def _register)",
        sources[SCHEMAS],
        flags=re.MULTILINE,
    )
    text = f"{head}# Names, the {word} way.\n{second}{first}{tail}"
    return {**sources, SCHEMAS: text}


def extended(sources: Sources, word: str) -> dict[str, str]:
    """One more function, which nobody calls."""
    function = f'\n\ndef {word}(text: str) -> str:\n    """`text`, {word}."""\n    return text\n'
    return {**sources, AGENT: sources[AGENT] + function}


KINDS: tuple[Callable[[Sources, str], dict[str, str]], ...] = (
    reworded,
    renamed,
    reordered,
    extended,
)


def changes(count: int, seed: int) -> list[tuple[Callable[[Sources, str], dict[str, str]], str]]:
    """`count` different changes, each a kind and a word, in an order that the seed decides."""
    every = [(kind, word) for word in WORDS for kind in KINDS]
    random.Random(seed).shuffle(every)
    return every[:count]


def _replaced(sources: Sources, file: str, old: str, new: str) -> dict[str, str]:
    if sources[file].count(old) != 1:
        raise ValueError(f"{file} does not have {old!r} once")
    return {**sources, file: sources[file].replace(old, new)}
