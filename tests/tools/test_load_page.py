"""The page of a load in a real browser: it opens by file, without a network, and draws."""

import asyncio
import json

import pytest
from load_virtual import Slots, drive, opened, outcome

from harness.common.files import whole
from harness.instruments.arrivals.plan import Open, Plan
from harness.tools.load import files, judge
from harness.tools.load.report import report
from harness.tools.load.run import Sample
from harness.tools.load.target import Target
from harness.workload import schedules

TARGET = Target("an agent <script>alert(1)</script>", lambda: None, injected=0.02)
PLOTS = ("arrivals", "latency", "curve", "errors")


@pytest.fixture
def browser(chromium):
    chromium.look(1400, height=2600)
    return chromium


def made(tmp_path, call, plan, levels="p95=500ms,errors=1%"):
    found = outcome(drive(call, plan))
    found.samples[:] = [Sample(i, i / 9, 30.0, 5 * 10**7 + i) for i in range(11)]
    done = report(TARGET, found, {"title": "spike"}, judge.read(levels))
    path = tmp_path / "load.html"
    with path.open("w") as file:
        files.write_html(done, file)
    return done, path


def failing_spike():
    slots = Slots(3, 0.02)

    async def call(request):
        await slots(request)
        if request % 40 == 7:
            raise ConnectionResetError
        if request % 90 == 11:
            raise type("Refused</script>", (Exception,), {})

    due = schedules.spike(40, 250, 10)
    return call, Plan(Open(due, 10, warmup=1.0), timeout=1.0)


def test_the_page_opens_offline_and_shows_everything(browser, tmp_path):
    done, path = made(tmp_path, *failing_spike())
    browser.open(path.as_uri(), "body[data-drawn=yes]")
    asked, failed = browser.requests()
    assert [each for each in asked if not each.startswith("data:")] == [path.as_uri()]
    assert failed == [] and browser.errors() == []
    text = browser.run("return document.body.innerText")
    assert "Invalid" not in text and "Valid: the load was" in text
    assert "an agent <script>alert(1)</script>" in text
    assert all(f"{slo['text']}" in text for slo in done.data["slos"])
    for metric in ("latency p99", "goodput", "lateness p99", "CPU mean", "memory peak"):
        assert metric in text
    for plot in PLOTS:
        drawn = browser.run(
            f"const c = document.querySelector('#{plot} canvas');"
            "return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
        )
        assert drawn > 10, plot
    legends = browser.run("return [...document.querySelectorAll('.legend')].map(e => e.innerText)")
    assert legends[0].split() == ["due", "sent", "ok"] and "dropped" in legends[3]
    assert "Refused</script>" in legends[3]
    page_data = browser.run("return DATA.seconds.reduce((sum, each) => sum + each.due, 0)")
    totals = done.data["figures"]["requests"]
    assert page_data == totals["due"] + totals["warmup"]


def test_an_invalid_load_says_why_on_its_page(browser, tmp_path):
    done, path = made(tmp_path, Slots(1, 0.1), opened(schedules.constant(30, 1), 1, cap=1))
    browser.open(path.as_uri(), "body[data-drawn=yes]")
    text = browser.run("return document.body.innerText")
    assert "Invalid: do not use these figures." in text and done.data["reasons"][0] in text
    assert "Errors, per second\n\nNone." in text and browser.errors() == []


def test_a_load_of_one_failed_request_has_a_page(browser, tmp_path):
    async def call(request):
        await asyncio.sleep(0.1)
        raise ValueError

    done, path = made(tmp_path, call, opened([0.0], 0.1))
    assert done.data["curve"] == [] and json.dumps(done.data, allow_nan=False)
    browser.open(path.as_uri(), "body[data-drawn=yes]")
    assert browser.errors() == []
    assert "no request succeeded" in browser.run("return document.body.innerText")


def test_no_half_written_file_is_left_when_writing_fails(tmp_path):
    with pytest.raises(RuntimeError), whole(tmp_path / "load.json") as file:
        file.write("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
