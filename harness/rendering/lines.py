"""Lines for people that fit the page; standard library only."""

WIDTH = 120
"""Columns that a line of plain text may take."""

SHORT, MOST = 20, 2000
"""Columns of a word that `one_line` leaves whole if it can; characters that it looks at."""


def one_line(text: str, width: int = WIDTH) -> str:
    """A text in one line that fits, cut in the middle where `shortened` is not enough."""
    line, half = shortened(text, width), width // 2
    return line if len(line) <= width else f"{line[: half - 2]}..{line[half - width :]}"


def shortened(text: str, width: int) -> str:
    """A text in one line, its longest words cut in the middle until it fits or they are SHORT."""
    shown = (c if c.isprintable() or c.isspace() else ascii(c)[1:-1] for c in text[:MOST])
    words = "".join(shown).split()
    while (excess := len(" ".join(words)) - width) > 0:
        longest = max(words, key=len)
        if len(longest) <= SHORT:
            break
        half = max(SHORT, len(longest) - excess) // 2 - 1
        words[words.index(longest)] = f"{longest[:half]}..{longest[-half:]}"
    return " ".join(words)


def wrap(text: str) -> str:
    """Lines of at most WIDTH columns, where there are blanks to break at; what follows indented."""
    return "\n".join(map(_wrapped, text.split("\n")))


def _wrapped(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    import textwrap  # when it is needed: every verb imports this

    indent = line[: len(line) - len(line.lstrip())] + "  "
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
