"""How far a run is, and how long the rest takes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.history import progress

ENVIRONMENTS = [SimpleNamespace(name="env")]


def test_the_time_left_is_told_once_a_release_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(progress, "time", clock)
    shown = progress.Progress(on_terminal=False)
    shown.begin(["a", "b", "c"], ENVIRONMENTS, {"one": {}, "two": {}})
    clock.monotonic = lambda: 60.0
    shown.done("a")
    assert shown.line() == "0 of 3 releases, 1 of 6 benchmarks"
    clock.monotonic = lambda: 240.0
    shown.done("a", failed=True)
    assert shown.line() == "1 of 3 releases, 2 of 6 benchmarks, 1 failed, 8 min left"
    clock.monotonic = lambda: 2400.0
    shown.done("b")
    shown.done("b")
    for _ in range(2):
        assert shown.line() == "2 of 3 releases, 4 of 6 benchmarks, 1 failed, 20 min left"
    shown.done("c")
    shown.done("c")
    assert shown.line() == "3 of 3 releases, 6 of 6 benchmarks, 1 failed"


def test_what_was_measured_before_counts_as_done() -> None:
    shown = progress.Progress(on_terminal=False)
    shown.begin(["a", "b"], ENVIRONMENTS, {"one": {}, "two": {}})
    for env, values in (("env", [1.0]), ("other", [1.0]), ("env", [None])):
        results = SimpleNamespace(
            env_name=env,
            commit_hash="a",
            get_result_keys=lambda benchmarks: ["one"],
            _results={"one": values, "gone": [1.0]},
        )
        shown.kept(results)
    assert shown.line() == "0 of 2 releases, 1 of 4 benchmarks"
