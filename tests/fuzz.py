"""What is fed to every parser of ours: JSON, files cut short or changed somewhere, odd words.

`HYPOTHESIS_PROFILE=many` tries 10,000 examples of each property, the usual run some.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

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


def told(call: Callable[[], object]) -> str:
    """The one line in which bad input is refused; "" where it was taken."""
    try:
        call()
    except ValueError as error:
        line = str(error)
        assert line.strip()
        return line
    return ""
