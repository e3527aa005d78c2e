"""Kinds of what a document holds."""

import math
from dataclasses import dataclass, field

import pytest

from harness.common import kinds


def test_a_tuple_has_a_kind_for_each_of_its_items():
    functions = list[tuple[str, int, int]]
    assert kinds.of(functions, [["run", 1, 2]], "functions") == [("run", 1, 2)]
    assert kinds.of(tuple[int, ...], [1, 2, 3], "sizes") == (1, 2, 3)
    with pytest.raises(ValueError, match=r"^functions\[0\]\[2\] must be a whole number, not 'x'$"):
        kinds.of(functions, [["run", 1, "x"]], "functions")
    with pytest.raises(ValueError, match=r"^functions\[0\] must be a list of 3, not \['run'\]$"):
        kinds.of(functions, [["run"]], "functions")


@dataclass(frozen=True)
class Line:
    """A row, for these tests."""

    name: str
    values: list[float | None]
    notes: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def test_what_is_plain_is_read_as_the_same_without_what_has_its_default():
    lines = [Line("a", [1.5, math.nan]), Line("b", [], ("why",), {"n": 0})]
    plain = kinds.plain(lines)
    assert plain[0] == {"name": "a", "values": [1.5, None]}
    assert plain[1] == {"name": "b", "values": [], "notes": ["why"], "counts": {"n": 0}}
    assert kinds.of(list[Line], plain, "lines") == [Line("a", [1.5, None]), lines[1]]
