"""What a run of counts alone measures."""

import pytest

from harness.history.counts import timed


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"type": "time"}, True),
        ({"type": "peakmemory"}, True),
        ({"type": "track", "quick": False}, True),  # many processes
        ({"type": "track", "quick": True}, False),
        ({"type": "track", "grade": "absolutes"}, True),  # one of ours that says nothing
        ({"type": "track"}, False),  # a suite that does not say
    ],
)
def test_what_is_timed(described, expected):
    assert timed(described) is expected
