"""Service levels of a load, quantities as they are written, schema and records of its report."""

import dataclasses
import json
import math

import jsonschema
import pytest
from load_virtual import drive, opened, outcome, sleeping
from places import ROOT

from harness.common import quantities
from harness.instruments.arrivals.records import Records
from harness.tools.load import metrics
from harness.tools.load.judge import read
from harness.tools.load.report import report
from harness.tools.load.run import Sample
from harness.tools.load.target import Target
from harness.workload import schedules

TARGET = Target("a target", lambda: None)


def test_service_levels():
    engine = drive(sleeping(0.02), opened(schedules.constant(50, 2), 2))
    made = report(TARGET, outcome(engine), {"title": ""}, read("p95=10ms,errors=1%,goodput=3"))
    met = {each["name"]: each["met"] for each in made.data["slos"]}
    assert met == {"p95": False, "errors": True, "goodput": False}
    assert made.status == 1 and made.valid
    assert (
        report(TARGET, outcome(engine), {"title": ""}, read("p95=30ms,throughput=40")).status == 0
    )


def test_a_service_level_without_samples_enough_is_not_met():
    engine = drive(sleeping(0.02), opened([0.0, 0.1], 1))
    made = report(TARGET, outcome(engine), {"title": ""}, read("p99=1h"))
    assert made.status == 1 and "too few requests" in made.data["slos"][0]["text"]


@pytest.mark.parametrize(
    "bad",
    ["", "p95", "p95=", "p95=fast", "p97=1s", "p95=-1s", "p95=1s,p95=2s", "goodput=5", "errors=1s"],
)
def test_bad_service_levels_are_refused(bad):
    with pytest.raises(ValueError, match=r"quantity|SLO"):
        read(bad)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (quantities.seconds, "500ms", 0.5),
        (quantities.seconds, "1.5", 1.5),
        (quantities.seconds, "2m", 120.0),
        (quantities.size, "500MB", 5e8),
        (quantities.share, "1%", 0.01),
        (quantities.percent, "80%", 80.0),
        (quantities.number, "1e-3", 0.001),
    ],
)
def test_quantities(read, text, value):
    assert read(text) == pytest.approx(value)


@pytest.mark.parametrize("bad", ["", "ms", "1.2.3", "inf", "nan", "-1", "1 parsec", "1e999"])
def test_no_quantities(bad):
    with pytest.raises(ValueError, match="no quantity"):
        quantities.seconds(bad)


def test_the_schema_names_every_figure_and_no_other():
    schema = json.loads((ROOT / "docs" / "load-schema.json").read_text())
    engine = drive(sleeping(0.02), opened(schedules.constant(50, 2), 2))
    samples = [Sample(0.0, 0.0, 0.0, 1), Sample(2.0, 1.0, 20.0, 1)]
    for found in (outcome(engine), dataclasses.replace(outcome(engine), samples=samples)):
        made = report(TARGET, found, {"title": ""})
        jsonschema.validate(json.loads(json.dumps(made.data)), schema)
    assert set(made.figures) == {metric.path for metric in metrics.METRICS}


def test_records_grow_beyond_what_was_expected():
    records = Records(1)
    for i in range(70_000):
        records.finish(records.send(float(i), i, 0.0), i + 0.5, "ok")
    assert len(records) == 70_000 and records.counts == {"ok": 70_000}
    assert math.isclose(sum(record.latency for record in records), 35_000)
    records.finish(5, 9.0, "timeout")  # what is told later does not count
    assert records.counts == {"ok": 70_000}
