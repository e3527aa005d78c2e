"""What a run of counts alone measures."""

import pytest

from harness.history.counts import timed


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"type": "time"}, True),
        ({"type": "peakmemory"}, True),
        ({"type": "track", "grade": "absolutes", "exact": False}, True),
        ({"type": "track", "grade": "ratios"}, True),
        ({"type": "track", "grade": "absolutes", "exact": True}, False),  # bytes, counted
        ({"type": "track", "grade": "counts", "exact": False}, False),  # the least of a few
        ({"type": "track", "grade": "virtual", "exact": True}, False),
        ({"type": "track"}, False),  # a suite without grades
    ],
)
def test_what_is_timed(described, expected):
    assert timed(described) is expected
