"""A stall shows in p99 with its full weight in open loop, and hides in closed loop. Exactly."""

import asyncio
import json

import pytest
from load_virtual import outcome

from harness.instruments import virtual_clock
from harness.instruments.arrivals.engine import engine_for
from studies.load import omission


def virtual_figures():
    """What both loads report of the demonstration's server, on a virtual clock."""

    async def drive(plan):
        clock = asyncio.get_running_loop().time
        engine = engine_for(omission.Server(clock), plan, clock)
        await engine.run()
        return omission.figures(outcome(engine))

    return {loop: virtual_clock.run(drive(plan)) for loop, plan in omission.plans().items()}


def test_the_open_loop_gives_a_stall_its_full_weight_and_the_closed_loop_hides_it():
    found = virtual_figures()
    # 1.005 s for the request that met the stall; each later one, 10 ms after the one before and
    # served in 5 ms, waits 5 ms less. So 200 of 1000 waited, and the tenth-worst is at p99.
    worst = sorted(max(0.005, 1.005 - 0.005 * i) for i in range(1000))
    assert found["open"]["requests"] == 1000
    assert found["open"]["p50"] == pytest.approx(0.005, abs=1e-4)
    assert found["open"]["p95"] == pytest.approx(worst[949], abs=0.006)
    assert found["open"]["p99"] == pytest.approx(worst[989], abs=1e-3)
    assert found["open"]["max"] == pytest.approx(1.005, abs=1e-4)
    # The user waited, too: one slow request, and a hundred that were never sent.
    assert found["closed"]["requests"] == 900
    assert found["closed"]["p99"] == pytest.approx(0.005, abs=1e-4)
    assert found["closed"]["max"] == pytest.approx(1.005, abs=1e-4)


def test_the_figures_are_the_same_to_the_last_digit():
    assert virtual_figures() == virtual_figures()


def test_the_command_measures_in_real_time(tmp_path, monkeypatch, capsys):
    for name, value in (("SECONDS", 1.0), ("STALL_AT", 0.4), ("STALL", 0.3)):
        monkeypatch.setattr(omission, name, value)
    assert omission.main(["--json", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())["loops"]
    assert found["open"]["requests"] == 100 > found["closed"]["requests"]
    assert found["open"]["p95"] > 0.15 and found["closed"]["max"] > 0.29
    assert capsys.readouterr().out.count("\n") == 4
