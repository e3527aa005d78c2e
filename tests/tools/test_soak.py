"""`load --soak`: hours on a virtual clock, their report, refusals."""

import asyncio
import json
from collections import Counter

import pytest
import soaks

from harness.__main__ import main
from harness.instruments import virtual_clock
from harness.tools.load import target
from harness.tools.load.soak import making, summary, telling
from harness.tools.load.soak.folder import ROWS, Folder


def soak(path, call, *options):
    """A soak on a virtual clock: its report, and the lines that were told."""
    arguments, lines = soaks.given(path, "--call", f"soaks:{call}", *options), []
    plan, shape = making.shape(arguments)
    folder = Folder(path, making.settings(arguments))
    on = target.of_call(arguments.call, 0.0)
    rest = making.rest_of(plan, folder)

    async def main():
        clock = asyncio.get_running_loop().time
        await making.watched(on, rest, folder, arguments, lines.append, clock)

    virtual_clock.run(main())
    folder.close()
    return summary.report(arguments, plan, shape, (on.name, 0.01)), lines


@pytest.fixture
def drifting():
    yield
    soaks.forget()


def test_hours_in_files_of_an_hour(tmp_path):
    made, lines = soak(tmp_path, "clean", "--soak", "150m", "--rate", "0.5", "--slo", "p95=25ms")
    found = soaks.minutes(tmp_path)
    names = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert names == [f"minutes-{number:05}.jsonl" for number in (1, 2, 3)]
    assert len(found) == len(lines) == 150 and ROWS == 60
    assert {(each["sent"], each["ok"], each["errors"]["dropped"]) for each in found} == {
        (30, 27, 3)
    }
    assert lines[1].startswith(
        "minute 2  sent 30  ok 27  errors 3 (dropped 3)  in flight 0  p50 20."
    )
    figures = made.data["figures"]
    totals = {"due": 4500, "sent": 4500, "ok": 4050, "errors": {"dropped": 450}, "unsent": 0}
    assert figures["requests"] == totals | {"warmup": 0}
    assert (
        figures["latency"]["max"]
        == pytest.approx(0.02)
        == pytest.approx(figures["latency"]["mean"])
    )
    assert figures["latency"]["p99"] == pytest.approx(0.02, rel=0.01)
    assert figures["added"]["max"] == pytest.approx(0.01)
    (slo,) = made.data["slos"]
    assert slo["met"] and slo["minutes_missed"] == 0
    assert made.data["over"] and made.data["interruptions"] == []


def kinds(made):
    """What became of each series, but of the memory of the tests' own process."""
    return {each["kind"] for name, each in made.data["drift"].items() if name != "rss"}


def test_a_planted_drift_is_told_and_its_clean_twin_has_none(tmp_path, drifting):
    options = ("--soak", "40m", "--rate", "1", "--slo", "p95=22ms")
    (tmp_path / "a").mkdir()
    clean, _ = soak(tmp_path / "a", "clean", *options)
    assert kinds(clean) == {"level"} and "DRIFT: latency" not in telling.text(clean)
    planted, _ = soak(tmp_path / "b", "drifting", *options)
    assert kinds(planted) == {"grows"}
    change = planted.data["drift"]["p50"]["change"]
    assert change["estimate"] == pytest.approx(0.9 * 2400 * 2e-6, rel=0.01)
    text = telling.text(planted)
    assert "DRIFT: latency p50 grows" in text and "DRIFT: descriptors grows" in text
    assert "SLO p95 was missed in 2" in text and summary.status(planted) == 1


def test_users_and_arrivals_of_every_shape(tmp_path):
    for number, shape in enumerate(
        (["--users", "3", "--think", "1s"], ["--shape", "poisson"], ["--shape", "ramp-up"])
    ):
        made, _ = soak(tmp_path / str(number), "clean", "--soak", "3m", *shape)
        totals = made.data["figures"]["requests"]
        assert totals["sent"] == totals["due"] == totals["ok"] + totals["errors"]["dropped"] > 500


def test_what_is_refused_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for options, reason in (
        (["--csv", "file.csv"], "--csv is not for --soak"),
        (["--warmup", "1s"], "--warmup is not for --soak"),
        (
            ["--soak-minute", "2m"],
            "--soak-minute (default: 1m) must be a positive time, and no longer than --soak",
        ),
        (["--rate", "0"], "a rate must be a positive number"),
        (["--call", "load_calls:unsupported"], "it cannot do that"),
    ):
        assert main(["load", "--soak", "1m", *options]) == 2
        error = capsys.readouterr().err
        assert reason in error and error.count("\n") == 1
        assert list(tmp_path.iterdir()) == [], options


def test_a_folder_of_something_else_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    again = ["load", "--soak", "0.4s", "--soak-minute", "0.2s", "--json", "soak.json"]
    status = main([*again, "--soak-in", "kept"])
    assert status in (0, 1)  # valid or not, on a busy machine
    data = json.loads((tmp_path / "soak.json").read_text())
    assert Counter(each["state"] for each in data["minutes"]) == {"whole": 2}
    capsys.readouterr()
    assert main([*again, "--soak-in", "kept", "--rate", "20"]) == 2
    assert "(--rate None there, 20.0 here): give another folder" in capsys.readouterr().err
    assert main([*again, "--soak-in", "kept"]) == status  # it is over: the report once more
    assert "minute 1" not in capsys.readouterr().err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    assert main([*again, "--soak-in", "other"]) == 2
    assert "other is not empty and has no soak" in capsys.readouterr().err
