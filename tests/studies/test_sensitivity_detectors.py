"""Who finds a defect: asv, the gate, a p95; and what many trials tell."""

import itertools
from types import SimpleNamespace

import check_project
import pytest
from sensitivity_pairs import pair

from studies.planted.defects import named
from studies.sensitivity import page, rules
from studies.sensitivity.trials import (
    LOADED,
    NOTHING,
    keep,
    read,
)

LINES = "latency.Counted.track_lines"
TABLE = """
All benchmarks:

| Change   | Before [a] <base>    | After [b] <x>       | Ratio   | Benchmark (Parameter)        |
|----------|----------------------|---------------------|---------|------------------------------|
|          | 1.0±0.1ms            | 1.0±0.1ms           | 1.00    | latency.Run.time_run('a', 0) |
| +        | 1.0±0.1ms            | 2.0±0.1ms           | 2.00    | latency.Run.time_run('a', 1) |
| -        | 2.0±0.1ms            | 1.0±0.1ms           | 0.50    | latency.Run.time_run('a', 2) |
| !        | 1.0                  | failed              | n/a     | x.Y.track_z('a|b', 3)        |
|          | 1.0                  | 2.0                 | ~2.00   | x.Y.track_z('a|b', 4)        |
"""


def test_the_rows_of_asv_that_are_worse():
    found = rules.on_table(0, TABLE)
    assert found["alarms"] == ["latency.Run.time_run('a', 1)", "x.Y.track_z('a|b', 3)"]
    assert found["compared"] == 5 and rules.on_table(1, TABLE) == found
    assert rules.on_table(0, "BENCHMARKS NOT SIGNIFICANTLY CHANGED.") == rules.said([], 0)
    assert rules.on_table(2, "failed")["alarms"] == [rules.FAILED]
    assert rules.on_table(1, "x\nno results\n")["note"] == "ended with status 1: no results"


def test_the_regressions_of_the_gate(tmp_path):
    calls, p95 = "latency.Counted.track_calls", rules.P95
    made = check_project.make(tmp_path)
    made.measure(0)
    made.measure(1, check_project.times({calls: 1.2, p95: 1.11}))
    (tmp_path / "slo.toml").write_text(f'[slo.x]\nbenchmark = "{calls}"\nlimit = 1\n')
    found = rules.on_results(made.config, "v0.0", "v0.1")
    assert found["check"]["alarms"] == [f"{calls}('mine')"] and found["check"]["compared"] == 4
    assert found["check"]["remark"].startswith(
        "Demo: v0.1 is worse than v0.0: 1 regression, 1 service level broken in 4 rows"
    )
    for said in rules.on_results(made.config, "v0.0", "v9").values():
        assert "no commit v9" in said["note"]


def test_a_p95_that_rose_by_more_than_a_tenth():
    def row(label, before, after, is_floor=False, benchmark=rules.P95):
        sides = (SimpleNamespace(value=each, measured=each is not None) for each in (before, after))
        base, head = sides
        return SimpleNamespace(
            benchmark=benchmark, label=label, base=base, head=head, is_floor=is_floor
        )

    known = [row("a", 1, 1.09), row("b", 1, 1.11), row("c", 1, None), row("d", None, 9)]
    floor = row("floor", 1, 9, is_floor=True)
    assert rules.plain_p95([*known, floor]) == rules.said(["b", "c"], 3)
    assert rules.plain_p95([floor, row("x", 1, 9, benchmark="x")])["note"] == "no p95 was measured"


def test_found_means_by_a_benchmark_that_must_show_it(tmp_path):
    exact, noisy = named("build-50").exact[0], named("build-50").noisy[0]
    other = "latency.Run.time_run"
    text = page.render(
        [
            pair("build-50", 1, check=[f"{exact}('planted')"], compare=[f"{other}('planted')"]),
            pair("build-50", 2, check=[f"{noisy}('planted')"], compare="no results"),
        ]
    )
    start = "| `build-50`: more Python work when an agent is built | +50 % "
    half = "1 of 2 (1.26 % to 98.7 %)"
    never = "0 of 1 (0 % to 97.5 %)"
    assert f"{start}| counts | {half} `{exact}` | {never} |" in text
    assert f"{start}| what is timed | {half} `{noisy}` | {never} |" in text
    assert "`asv compare` said nothing of 1 pairs: no results" in text


def test_pairs_that_share_runs_tell_as_much_as_those_that_share_none():
    few = [pair(head=f"{n}", base=f"{n + 20}", compare=["x(1)"]) for n in range(7)]
    many = [
        pair(head=f"{a}", base=f"{b}", compare=["x(1)"])
        for a, b in itertools.combinations(range(15), 2)
    ]
    assert "| `asv compare` | 7 of 700 (0.403 % to 2.05 %) | 7 of 7 (59.0 % to 100 %) |" in (
        page.render(few)
    )
    assert "105 of 10500 (0.403 % to 2.05 %) | 105 of 105 (59.0 % to 100 %) |" in page.render(many)


def test_the_exact_interval_of_few_and_many_trials():
    # Tables of Clopper and Pearson.
    assert page.interval(0, 20) == (0, pytest.approx(0.1684, abs=1e-4))
    assert page.interval(20, 20) == (pytest.approx(0.8316, abs=1e-4), 1)
    assert page.interval(10, 20) == pytest.approx((0.2720, 0.7280), abs=1e-4)


def test_the_page_says_what_the_data_says(tmp_path):
    about = {"os": "Linux", "arch": "x", "cpu": "C", "num_cpu": "2", "ram": "4 GiB"}
    records = [{"kind": "session", "when": "2026-01-02", "machine": about, "python": "3.11"}]
    records += [pair("cpu-2", n, "cpu-2", check=[f"{LINES}('planted')"]) for n in range(1, 4)]
    records += [pair(NOTHING, n, compare=["x(1)"] if n == 1 else []) for n in range(1, 4)]
    records += [pair("leak", 1, "leak", LOADED, check="broken gate")]
    keep(tmp_path, records)
    text = page.render(read(tmp_path))
    assert (
        f"| +2 % | counts | 3 of 3 (29.2 % to 100 %) `{LINES}` | 0 of 3 (0 % to 70.8 %) |" in text
    )
    assert "| nothing |  | anything | 0 of 3 (0 % to 70.8 %) | 1 of 3 (0.840 % to 90.6 %) |" in text
    assert "6 pairs, of which 0 A/A; nothing else" in text and "one core kept busy" in text
    assert "said nothing of 1 pairs: broken gate" in text
    assert "2 cores of C, 4 GiB" in text and "2026-01-02" in text
    assert "nan" not in text


def test_an_empty_page_says_how_to_begin(tmp_path):
    assert "make sensitivity" in page.render(read(tmp_path))
