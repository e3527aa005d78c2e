"""The steps of a path that moved a figure are found, at a logarithm of the steps each."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from harness.check.blame import Part, Unmeasured, Values, blame


class Path:
    """A path whose steps move two figures by so much; asked: where it was looked at."""

    def __init__(self, steps: list[tuple[int, int]], broken: tuple[int, ...] = ()) -> None:
        self.steps, self.broken, self.asked = steps, broken, list[int]()

    def value(self, many: int) -> Values:
        return {name: 1000.0 + sum(s[i] for s in self.steps[:many]) for i, name in enumerate("ab")}

    def at(self, many: int) -> Values:
        self.asked.append(many)
        if many in self.broken:
            raise Unmeasured(f"{many} of them cannot be installed")
        return self.value(many)

    def blamed(self, most: int = 99, least: float = 0.01) -> list[Part]:
        many = len(self.steps)
        whole = Part(0, many, self.value(0), self.value(many))
        scale = {label: abs(whole.moved(label)) or 1.0 for label in "ab"}
        return blame(whole, self.at, scale, most, least)


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


@given(STEPS)
def test_all_steps_that_moved_something_are_found(steps: list[tuple[int, int]]) -> None:
    path = Path(steps)
    found = path.blamed(least=1e-9)
    assert [each.begin for each in found] == [i for i, step in enumerate(steps) if any(step)]
    assert all(each.end == each.begin + 1 and not each.why for each in found)
    for at, label in enumerate("ab"):
        assert sum(each.moved(label) for each in found) == sum(step[at] for step in steps)


@given(st.integers(1, 200), st.data())
def test_one_to_blame_costs_a_logarithm(many: int, data: st.DataObject) -> None:
    guilty = data.draw(st.integers(0, many - 1))
    path = Path([(50 * (i == guilty), 0) for i in range(many)])
    assert [(each.begin, each.end) for each in path.blamed()] == [(guilty, guilty + 1)]
    assert len(path.asked) <= math.ceil(math.log2(many))


@given(STEPS, st.integers(0, 5))
def test_what_is_not_allowed_to_be_told_apart_stays_together(
    steps: list[tuple[int, int]], most: int
) -> None:
    path = Path(steps)
    found = path.blamed(most, 1e-9)
    assert len(path.asked) <= most
    for at, label in enumerate("ab"):
        assert sum(each.moved(label) for each in found) == sum(step[at] for step in steps)
    assert all(
        each.why == (each.end - each.begin > 1) * "no more environments were allowed"
        for each in found
    )


def test_a_step_that_cannot_be_made_leaves_its_neighbours_together_and_says_why() -> None:
    (found,) = Path([(0, 0), (7, 0), (0, 0), (0, 0)], broken=(2,)).blamed()
    assert (found.begin, found.end, found.why) == (0, 4, "2 of them cannot be installed")


def test_what_is_small_is_not_looked_for() -> None:
    path = Path([(1000, 0), (1, 0), (1, 0), (0, 0)])
    assert [each.begin for each in path.blamed()] == [0]
    assert len(path.asked) == 2
