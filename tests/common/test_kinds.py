"""Kinds of what a document holds."""

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
