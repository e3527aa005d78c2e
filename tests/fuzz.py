"""What is fed to every parser of ours: JSON, files cut short or changed somewhere, odd words.

`HYPOTHESIS_PROFILE=many` tries 10,000 examples of each property, the usual run some.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asv.repo import NoSuchNameError
from hypothesis import strategies as st

from harness.cli.main import PREFIX, main, parser
from harness.rendering.lines import WIDTH

UNEXPECTED = re.compile(rf"{PREFIX}unexpected \w+: ")
"""How a line begins that names an error nobody thought of."""

ODD = (
    *("", " ", "0", "-1", "1e999", "nan", "inf", "-inf", "9" * 400, "9" * 5000, "٣", "²", "1_0"),
    *("a\nb", "a\0b", "\x1b[31m", "\udcff", "é" * 300, "x" * 5000, "--", "-", "%s", "{}", "null"),
    *("/", ".", "..", "/dev/null", "/dev/full", "/no/such/folder/file", "a" * 300, "@1", "=", ","),
    *("1e-320", "1e308", "5%", "500ms", "10,20", "p95=1s", "drop=1%", "3s:1s", "a:b", ":", "os:"),
)
"""Words that a command line may hold."""

numbers = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([10**9, 10**30, 10**400, -(10**400), 1e308, -0.0, 5e-324]),
    st.floats(),
)
words = st.one_of(st.sampled_from(ODD), st.text(max_size=20))
scalars = st.one_of(st.none(), st.booleans(), numbers, words)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
"""Any JSON, and what Python's reader takes for it."""


def changed(document: Any) -> st.SearchStrategy[Any]:
    """A JSON document with one to three of its parts replaced, gone, wrapped or repeated."""

    @st.composite
    def make(draw: st.DrawFn) -> Any:
        root = [copy.deepcopy(document)]
        for _ in range(draw(st.integers(1, 3))):
            holder, key = draw(st.sampled_from(list(_places(root))))
            old = holder[key]
            new = draw(st.one_of(anything, st.sampled_from([[old], {"x": old}])))
            if draw(st.integers(0, 3)) or holder is root:
                holder[key] = new
            elif isinstance(holder, list):
                holder[key : key + 1] = draw(st.sampled_from([[], [old, old]]))
            else:
                del holder[key]
        return root[0]

    return make()


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


def files(document: Any) -> st.SearchStrategy[bytes]:
    """A file that holds a JSON document changed, cut short, or something else altogether."""
    whole = json.dumps(document).encode()
    return st.one_of(
        changed(document).map(lambda each: json.dumps(each).encode()),
        st.integers(0, len(whole)).map(lambda end: whole[:end]),
        st.binary(max_size=40),
        st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"\xef\xbb\xbf{}"]),
        anything.map(lambda each: json.dumps(each).encode()),
    )


class Lines:
    """A stream that keeps what is written, as strict as a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        text.encode()
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


class Commits:
    """A repository that asks no git, which would take most of the time."""

    def __init__(self, commits: list[str]) -> None:
        self.tags = {f"v0.{n}": commit for n, commit in enumerate(commits)}

    def get_revisions(self, commits: Any) -> dict[str, int]:
        known = list(self.tags.values())
        return {commit: known.index(commit) for commit in commits if commit in known}

    def get_tags(self) -> dict[str, str]:
        return self.tags

    def get_hash_from_name(self, name: str) -> str:
        if name not in self.tags:
            raise NoSuchNameError(name)
        return self.tags[name]

    def get_hashes_from_range(self, commit: str) -> list[str]:
        commits = list(self.tags.values())
        return commits[commits.index(commit) :: -1]

    def pull(self) -> None:
        pass


parser_of = functools.lru_cache(maxsize=64)(parser)
"""The same parser each time: to make it took a quarter of most examples."""


def run(command: list[str]) -> int:
    """The status of a command in this process; of bad input it says one line, and of what was not
    expected nothing.
    """
    with pytest.MonkeyPatch.context() as patch:
        out, err = Lines(), Lines()
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        patch.setattr("harness.cli.main.parser", parser_of)
        try:
            status = main(command)
        except SystemExit as stop:
            assert stop.code in (0, 2)
            status = stop.code
    lines = [line for line in err.text.split("\n") if line.startswith(PREFIX)]
    assert "Traceback" not in err.text and not any(map(UNEXPECTED.match, lines)), lines
    assert len(lines) == (status == 2) and all(line.isprintable() for line in lines)
    assert all(len(line) <= WIDTH for line in lines)
    return status


def refusal(call: Callable[[], object]) -> str:
    """The one line in which bad input is refused; "" where it was taken."""
    try:
        call()
    except ValueError as error:
        line = str(error)
        assert line.strip()
        return line
    return ""
