"""Plans of a load that nobody can carry out are refused."""

import pytest
from hypothesis import settings
from load_virtual import opened

from harness.instruments.arrivals.plan import Closed, Open, Plan

quick = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Open([], 1.0), "at least one request"),
        (lambda: Open([0.0, 2.0], 1.0), "duration"),
        (lambda: Closed(0, 1.0), "users"),
        (lambda: Closed(1, float("nan")), "duration"),
        (lambda: Closed(1, 1.0, think=-1), "think"),
        (lambda: Plan(Closed(1, 1.0), cap=3), "no cap"),
        (lambda: Closed(1, 1.0, warmup=1.0), "warm-up"),
        (lambda: Plan(Closed(1, 1.0), timeout=0.0), "timeout"),
        (lambda: opened([0.0], 1.0, cap=0), "cap"),
        (lambda: opened([0.0], 1.0, drain=-1.0), "drain"),
    ],
)
def test_impossible_plans_are_refused(make, why):
    with pytest.raises(ValueError, match=why):
        make()
