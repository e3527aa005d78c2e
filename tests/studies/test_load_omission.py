"""A stall shows in p99 with its full weight in open loop, and hides in closed loop. Exactly."""

import pytest

from studies.load.omission import loops


def test_the_open_loop_gives_a_stall_its_full_weight_and_the_closed_loop_hides_it():
    found = loops()
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
    assert loops() == loops()
