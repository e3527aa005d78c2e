"""What a change between two releases is due to, on packages of which the truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.check import attribution
from harness.check.attribution import Attribution
from harness.check.blame import Unmeasured
from harness.check.rows import Row
from harness.cli import attribute, square
from harness.cli.laboratory import Exact
from harness.history.cached import Environment
from harness.history.release import Release
from harness.results.figures import NOTHING

CALLS = "latency.Counted.track_calls"
Versions = dict[str, int]
OLD = {f"dep{n}": 1 for n in range(10, 26)}
NEW = dict.fromkeys(OLD, 2)


class Planted:
    """A laboratory of a framework, versions 1 and 2, with sixteen dependencies that become version
    2 with it. cost: of one run, by what is installed; refuses: why a set cannot be installed."""

    platform = "CPython"

    def __init__(
        self,
        cost: Callable[[Versions], float],
        new: Versions = NEW,
        refuses: Callable[[Versions], str] = lambda has: "",
    ) -> None:
        self._cost, self._refuses = cost, refuses
        self._deps = {"1": OLD, "2": new}
        row = Row(CALLS, (), (), "counts", "calls", 1, NOTHING, NOTHING, repeats=True)
        self.rows = {CALLS: Exact(row, "latency", {}, "", "calls")}
        self.measured: set[str] = set()
        self.reasons: Counter[str] = Counter()

    def release(self, name: str) -> tuple[str, Release]:
        return name * 40, Release(name, datetime(2026, int(name), 1, tzinfo=UTC))

    def environment(
        self, of: Release, as_of: Release, pins: Sequence[str] = (), near: Sequence[str] = ()
    ) -> Environment:
        has = dict(self._deps[as_of.version])
        has |= {name: int(v) for name, v in (each.split("==") for each in (*near, *pins))}
        if why := self._refuses({"framework": int(of.version), **has}):
            raise Unmeasured(why)
        installed = sorted(f"{k}=={v}" for k, v in {"framework": of.version, **has}.items())
        return Environment(Path(), "framework", of.version, as_of.uploaded, installed)

    def unlike_results(self, commit: str, found: object) -> tuple[str, ...]:
        return ()

    def figures(self, place: Environment, labels: Iterable[str]) -> dict[str, float]:
        self.measured.add(str(place.installed))
        has = {name: int(v) for name, v in (each.split("==") for each in place.installed)}
        return dict.fromkeys(labels, self._cost(has))


def asked(lab: Planted, tmp_path: Path, most: int = 16) -> Attribution:
    """The answer, as it is read back from beside the results."""
    conf = SimpleNamespace(project="Planted")
    target: Any = SimpleNamespace(config=tmp_path / "asv.conf.json", conf=conf, folder=tmp_path)
    of: Any = lab
    found = square.answer(target, of, "1", "2", most)
    attribute.keep(target, found)
    assert attribution.read(tmp_path) == [found]
    return found


def words(found: Attribution) -> str:
    (row,) = found.rows
    return row.in_words


def test_a_dependency_that_got_slower_is_named_after_a_logarithm_of_environments(tmp_path) -> None:
    lab = Planted(lambda has: 100 if has["dep19"] == 1 else 300)
    found = asked(lab, tmp_path)
    assert words(found) == "100 % of dep19 1 → 2"
    assert len(found.moved) == 16 and found.environments <= 4 + 4
    assert found.of_these([CALLS, "another"]) == "Of this 100 % of dep19 1 → 2"
    assert found.of_these(["another"]) == ""


def test_a_framework_that_got_slower_is_to_blame_alone(tmp_path) -> None:
    found = asked(Planted(lambda has: 100 * has["framework"]), tmp_path)
    assert words(found) == "100 % the framework's own"
    assert found.environments == 4


def test_without_another_dependency_two_environments_are_enough(tmp_path) -> None:
    found = asked(Planted(lambda has: 100 * has["framework"], new=OLD), tmp_path)
    assert words(found) == "100 % the framework's own" and found.environments == 2
    assert "All of it is the framework's own: no dependency is another one." in found.sentence
    assert "two environments are enough" in " ".join(found.remarks)


def test_both_got_slower_and_one_of_them_by_the_other(tmp_path) -> None:
    def cost(has: Versions) -> float:
        return 100 * has["framework"] * has["dep12"] + 50 * (has["dep24"] == 2)

    assert words(asked(Planted(cost), tmp_path)) == (
        "28.6 % of dep12 1 → 2, 28.6 % the framework's own, 28.6 % only of both together,"
        " 14.3 % of dep24 1 → 2"
    )


def test_a_dependency_that_only_the_new_framework_calls_is_found_beside_it(tmp_path) -> None:
    lab = Planted(lambda has: 100 + 60 * (has["framework"] == has["dep13"] == 2))
    (row,) = asked(lab, tmp_path).rows
    assert (row.framework, row.dependencies, row.together) == (0, 0, 1)
    assert row.in_words == "100 % of dep13 1 → 2" and row.beside == "new"


def test_what_cannot_be_installed_is_said_instead_of_a_share(tmp_path) -> None:
    def refuses(has: Versions) -> str:
        return "it needs dep10>1" if has["framework"] == 2 and has["dep10"] == 1 else ""

    lab = Planted(lambda has: 100 + 60 * (has["dep13"] == 2), refuses=refuses)
    found = asked(lab, tmp_path)
    (row,) = found.rows
    assert row.framework is None and row.in_words == "100 % of dep13 1 → 2"
    assert "the new framework with the old dependencies: it needs dep10>1" in found.remarks


def test_beyond_what_was_allowed_what_is_left_is_said(tmp_path) -> None:
    lab = Planted(lambda has: 100 if has["dep19"] == 1 else 300)
    found = asked(lab, tmp_path, most=1)
    assert words(found) == "100 % of dep18 1 → 2, dep19 1 → 2, dep20 1 → 2 and 5 more"
    assert any("not told apart: dep18" in each for each in found.remarks)


def test_the_same_release_twice_is_no_question(tmp_path) -> None:
    lab = Planted(lambda has: 1)
    lab.release = lambda name: ("a" * 40, Release("1", datetime(2026, 1, 1, tzinfo=UTC)))  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="1 and 2 are the same release"):
        asked(lab, tmp_path)


def test_the_table_says_it_in_a_sentence_first(tmp_path) -> None:
    found = asked(Planted(lambda has: 100 * has["framework"]), tmp_path)
    first, *_, last = attribution.text(found).splitlines()
    assert first.startswith("Planted v1 → v2: 1 exact figure changed. Of the most telling one,")
    assert last == "measured in 4 environments, CPython"
