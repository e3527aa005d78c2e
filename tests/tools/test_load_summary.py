"""The summary of a load: figures against a reference, small samples, verdicts, service levels."""

import dataclasses
import io
import re
import statistics
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from load_virtual import Slots, drive, opened, outcome, sleeping

from harness.instruments.arrivals.kinds import WrongReply, kind_of
from harness.instruments.arrivals.plan import Closed, Open, Plan, arrivals
from harness.instruments.arrivals.records import Records
from harness.tools.load import metrics
from harness.tools.load.figures import STATISTICS, Measured
from harness.tools.load.files import write_hdr
from harness.tools.load.judge import reasons
from harness.tools.load.report import POINTS, points, seconds
from harness.tools.load.run import Outcome, Sample
from harness.tools.load.target import Target
from harness.workload import schedules

TARGET = Target("a target", lambda: None)


at_once = sleeping(0.02)


def summarise_load(found, injected, within=None):
    """The figures of an outcome, by path."""
    return metrics.figures(Measured(found, within, injected))


def lived(plan, *requests, samples=()):
    """An outcome of (due, sent, end, kind) requests."""
    records = Records()
    for due, sent, end, kind in requests:
        records.finish(records.send(due, sent, sent - due), end, kind)
    return Outcome(plan, records, list(samples), peak=1)


def test_all_of_an_hdr_file_is_in_milliseconds():
    latencies = [0.010, 0.010, 0.030, 0.030]
    file = io.StringIO()
    write_hdr(SimpleNamespace(latencies=latencies), file)
    told = re.findall(r"(Mean|StdDeviation|Max) += +([\d.]+)", file.getvalue())
    expected = {"Mean": 20.0, "StdDeviation": 10.0, "Max": 30.0}
    assert {name: float(value) for name, value in told} == pytest.approx(expected, rel=1e-2)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=1200))
def test_percentiles_are_those_of_the_standard_library(values):
    ordered = sorted(values)
    assert STATISTICS["max"](ordered) == max(values)
    assert STATISTICS["mean"](ordered) == pytest.approx(statistics.fmean(values))
    for name, tenths in (("p50", 500), ("p90", 900), ("p95", 950), ("p99", 990), ("p999", 999)):
        value = STATISTICS[name](ordered)
        if len(ordered) < 1000 / (1000 - tenths) and tenths > 500:
            assert value is None
        elif len(ordered) > 1:
            cuts = statistics.quantiles(ordered, n=1000, method="inclusive")
            assert value == pytest.approx(cuts[tenths - 1])


@given(st.lists(st.floats(0.001, 10), max_size=300))
def test_a_percentile_curve_rises_to_what_the_samples_support(values):
    requests = [(i, i, i + value, "ok") for i, value in enumerate(values)]
    found = Measured(lived(opened([0.0], 1.0), *requests)).curve()
    assert [list(axis) == sorted(axis) for axis in zip(*found, strict=True)] in ([], [True, True])
    if values:
        assert found[0] == (0, pytest.approx(min(values)))
        assert found[-1][0] <= 100 * (1 - 1 / len(values)) + 1e-9


def test_a_quiet_load_is_all_there():
    engine = drive(at_once, opened(schedules.constant(100, 2), 2))
    made = summarise_load(outcome(engine), injected=0.02, within=0.1)
    assert (made["requests.due"], made["requests.ok"], made["requests.errors"]) == (200, 200, {})
    assert made["rates.offered"] == 100
    assert made["rates.achieved"] == pytest.approx(100, rel=1e-3)
    assert made["rates.throughput"] == made["rates.goodput"] == pytest.approx(100, rel=0.01)
    assert made["latency.p99"] == pytest.approx(0.02, abs=1e-4)
    assert made["added.p99"] == pytest.approx(0, abs=1e-4)
    assert made["latency.p999"] is None and made["usage.cpu_mean"] is None
    assert list(reasons(Measured(outcome(engine)), made)) == []


def test_the_warm_up_is_recorded_and_counts_nowhere():
    slow = Slots(1000, 0.02, stalls=dict.fromkeys(range(50), 3.0))
    due = schedules.constant(100, 1)
    plan = Plan(arrivals(due, 1, warmup=0.5))
    made = summarise_load(outcome(drive(slow, plan)), 0.0)
    assert (made["requests.warmup"], made["requests.due"]) == (50, 100)
    assert made["latency.max"] == pytest.approx(0.02, abs=1e-4)
    assert made["rates.offered"] == 100


def test_giving_up_betters_no_percentile_and_failing_fast_neither():
    plan = opened([0.0], 10.0)
    made = summarise_load(
        lived(
            plan,
            (0.0, 0.0, 0.1, "ok"),
            (1.0, 1.0, 6.0, "timeout"),
            (2.0, 2.0, 10.0, "unsent"),
            (3.0, 3.0, 3.001, "http 500"),
        ),
        0.0,
    )
    assert made["latency.count"] == 3 and made["latency.max"] == 8.0
    assert made["requests.sent"] == 3 and made["requests.unsent"] == 1
    assert made["requests.sent"] == made["requests.ok"] + sum(made["requests.errors"].values())
    assert made["error_rate"] == 0.75


def test_goodput_counts_what_is_right_and_quick():
    requests = [(i / 10, i / 10, i / 10 + (0.05 if i % 2 else 0.5), "ok") for i in range(100)]
    made = summarise_load(lived(opened([0.0], 10.0), *requests), 0.0, within=0.1)
    assert made["rates.throughput"] == pytest.approx(2 * made["rates.goodput"])


def test_usage_is_that_of_the_time_after_the_warm_up():
    samples = [
        Sample(0.0, 1.0, 0.0, 10),
        Sample(1.0, 2.0, 90.0, 30),
        Sample(2.0, 2.2, 40.0, 20),
        Sample(3.0, 2.6, 60.0, 25),
        Sample(3.004, 2.61, 100.0, 22),
    ]
    plan = Plan(Open([0.0], 3.0, warmup=1.0))
    used = summarise_load(lived(plan, (2.0, 2.0, 2.1, "ok"), samples=samples), 0.0)
    assert used["usage.cpu_mean"] == pytest.approx(100 * 0.61 / 2.004)
    assert (
        used["usage.cpu_peak"] == pytest.approx(40) and used["usage.machine_peak"] == 60.0
    )  # not those of four milliseconds
    assert used["usage.machine_mean"] == pytest.approx((40 + 60 + 0.4) / 2.004)
    assert (used["usage.rss_start"], used["usage.rss_peak"], used["usage.rss_end"]) == (30, 30, 22)
    assert used["usage.cpu_seconds_per_request"] == pytest.approx(0.61)


def judged(found):
    return list(reasons(Measured(found), summarise_load(found, 0.0)))


def even(count, late=0.0, took=0.02):
    return [(i / 10, i / 10 + late, i / 10 + late + took, "ok") for i in range(count)]


def test_a_generator_that_cannot_keep_up_makes_a_load_invalid():
    slow = [(i / 10, i / 5, i / 5 + 0.02, "ok") for i in range(100)]
    found = judged(lived(opened([0.0], 10.0), *slow))
    assert any("offered 10 requests a second, sent 5." in reason for reason in found)
    assert any(" late (p99)" in reason for reason in found)


def test_a_cap_that_held_requests_back_is_named():
    found = drive(Slots(1, 0.1), opened(schedules.constant(20, 2), 2, cap=1))
    (reason,) = judged(outcome(found))
    assert "the cap of 1 in flight held them back" in reason


def test_lateness_is_measured_against_the_latency():
    plan = opened([0.0], 10.0)
    assert judged(lived(plan, *even(100, late=0.009))) == []
    assert "the generator was 11.0 ms late" in judged(lived(plan, *even(100, late=0.011)))[0]
    assert judged(lived(plan, *even(100, late=0.011, took=0.2))) == []


def test_a_busy_machine_a_stop_and_all_failing_are_told():
    samples = [Sample(0.0, 0.0, 0.0, 1), Sample(10.0, 1.0, 95.0, 1)]
    plan = opened([0.0], 10.0)
    assert "95 % of all cores" in judged(lived(plan, *even(100), samples=samples))[0]
    stopped = dataclasses.replace(lived(plan, *even(100)), stopped_at=4.0)
    assert judged(stopped)[0] == "stopped after 4.0 of 10 s"
    assert judged(lived(plan, (0.0, 0.0, 0.1, "http 500"))) == ["no request succeeded"]


def test_a_closed_loop_offers_no_rate():
    engine = drive(at_once, Plan(Closed(4, 1.0)))
    made = summarise_load(outcome(engine), 0.0)
    assert made["rates.offered"] is None and list(reasons(Measured(outcome(engine)), made)) == []
    assert made["rates.throughput"] == pytest.approx(200, rel=0.05)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (WrongReply("other"), "wrong reply"),
        (type("RateLimited", (Exception,), {"status_code": 429})(), "http 429"),
        (type("Refused", (Exception,), {"status": 500})(), "http 500"),
        (type("Odd", (Exception,), {"code": 7})(), "Odd"),
        (type("APIConnectionError", (Exception,), {})(), "dropped"),
        (type("ReadTimeout", (Exception,), {})(), "timeout"),
        (ConnectionResetError(), "dropped"),
        (ExceptionGroup("g", [ConnectionResetError()]), "dropped"),
        (ExceptionGroup("g", [KeyError(1), ValueError(2)]), "ExceptionGroup"),
        (ValueError("v"), "ValueError"),
    ],
)
def test_kinds_of_errors(error, kind):
    assert kind_of(error) == kind
    wrapped = RuntimeError("framework")
    wrapped.__cause__ = error
    assert kind_of(wrapped) == (kind if " " in kind or kind.islower() else "RuntimeError")


def test_a_ring_of_causes_ends():
    one, other = ValueError(1), KeyError(2)
    one.__cause__, other.__cause__ = other, one
    assert kind_of(one) == "ValueError"


def test_seconds_add_up_to_the_whole():
    engine = drive(Slots(3, 0.05), opened(schedules.spike(20, 200, 5), 5))
    found = seconds(outcome(engine))
    count = len(engine.records)
    assert sum(each["due"] for each in found) == sum(each["sent"] for each in found) == count
    assert sum(each["ok"] + sum(each["errors"].values()) for each in found) == count
    assert max(each["max"] or 0 for each in found) == pytest.approx(
        max(r.latency for r in engine.records)
    )
    assert found[2]["due"] == 200


def test_a_picture_has_few_points_and_the_slowest_among_them():
    requests = [(i / 100, i / 100, i / 100 + 0.01 + (i == 7777), "ok") for i in range(9000)]
    found = points(lived(opened([0.0], 90.0), *requests))
    assert 1000 < len(found) <= POINTS
    assert max(point[1] for point in found) == pytest.approx(1.01)
