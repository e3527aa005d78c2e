"""Error rates are judged by how many runs failed of how many, not as counts without noise."""

from __future__ import annotations

import random

import pytest
from asv.results import Results
from asv.runner import BenchmarkResult
from check_project import about
from check_simulation import row

from benchmarks.declared import pooled
from harness.check.judge import judge
from harness.check.rows import Row
from harness.check.slo import Settings
from harness.check.statistics import fisher_p
from harness.results import figures
from harness.results.figures import Figure

NAME = "scaling.AtOnce.track_error_rate"
RUNS = 8000


def stored(failed: int, runs: int = RUNS, processes: int = 8) -> Figure:
    """The figure as it is read back from asv's results."""
    each = runs // processes
    counts = [failed // processes + (i < failed % processes) for i in range(processes)]
    told = pooled([count / each for count in counts], [float(each)] * processes)
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3.11", "env", {})
    described = about(NAME, "counts", "of all runs") | {"params": [], "param_names": []}
    given = BenchmarkResult([True], [told["samples"]], [told["number"]], 0, "", None)
    results.add_result(described, given)
    return figures.read(results, NAME)[()]


def of(base: Figure, head: Figure) -> Row:
    return Row(NAME, (), (), "counts", "of all runs", 1, base, head)


def verdict(base: Figure, head: Figure, invalid: tuple[str, ...] = ()):
    (found,) = judge([of(base, head)], Settings(), invalid)
    return found


def test_asv_keeps_the_share_and_of_how_many_runs() -> None:
    assert (stored(3).value, stored(3).runs) == (3 / RUNS, RUNS)
    assert (stored(0).value, stored(0).runs) == (0, RUNS)
    assert stored(1).value == 1 / RUNS  # a median over processes would be 0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (3, 4, "same"),
        (0, 0, "same"),
        (0, 1, "same"),
        (0, 4, "same"),
        (4, 0, "same"),
        (0, 6, "regression"),
        (6, 0, "improvement"),
        (80, 80, "same"),
        (80, 160, "regression"),
        (160, 80, "improvement"),
    ],
)
@pytest.mark.parametrize("invalid", [(), ("a busy machine",)], ids=["valid", "invalid"])
def test_the_verdict_hangs_on_how_many_failed(old, new, expected, invalid):
    found = verdict(stored(old), stored(new), invalid)
    assert found.verdict == expected, found.reason
    if old:
        assert found.change == pytest.approx(new / old - 1)
    if expected == "regression":
        assert found.reason == "of 8,000 and 8,000 runs"


def test_a_share_of_unknown_runs_has_no_verdict_but_where_nothing_changed() -> None:
    unknown = Figure(0.01)
    assert verdict(Figure(0.0), unknown).verdict == "no verdict"
    assert verdict(unknown, unknown).verdict == "same"


def test_by_chance_alone_few_rows_are_found() -> None:
    dice = random.Random(3)
    alarms = 0
    for _ in range(300):
        rows = [
            of(
                *(
                    Figure(sum(dice.random() < 0.02 for _ in range(400)) / 400, runs=400)
                    for _ in "ab"
                )
            )
            for _ in range(10)
        ]
        alarms += sum(each.is_finding for each in judge(rows, Settings()))
    assert alarms <= 15  # one suite in twenty


def test_a_share_needs_more_the_more_rows_there_are() -> None:
    rows = [row(f"r{n}", "ratios", "times", [1.0] * 8, [1.0] * 8) for n in range(200)]
    found = judge([of(stored(0), stored(6)), *rows], Settings())
    assert found[0].verdict == "same"
    assert judge([of(stored(0), stored(20)), *rows], Settings())[0].verdict == "regression"


def test_the_test_behind_it() -> None:
    assert fisher_p((0, 10), (5, 10)) == (pytest.approx(0.01625387), 1)
    assert fisher_p((5, 10), (0, 10)) == (1, pytest.approx(0.01625387))
