"""The counters of a soak: histograms within their cells' width, kinds by name, one process each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.common.stats import percentile
from harness.instruments.arrivals import board
from harness.instruments.arrivals.board import Board, Values, cell

latencies = st.lists(st.floats(2e-6, 10_000), min_size=1, max_size=200)


@given(latencies, st.floats(0, 100))
def test_percentiles_of_a_histogram(seconds, percent):
    cells: dict[int, int] = {}
    for each in seconds:
        cells[cell(each)] = cells.get(cell(each), 0) + 1
    values = Values(cells, sum(seconds), max(seconds))
    assert len(values) == len(seconds) and values[-1] == max(seconds)
    assert values.mean == pytest.approx(sum(seconds) / len(seconds))
    for found, exact in zip(values, sorted(seconds), strict=True):
        assert found == pytest.approx(exact, rel=1 / 128)
    assert percentile(list(values), percent) == pytest.approx(
        percentile(seconds, percent), rel=0.01
    )


def test_what_is_shorter_or_longer_than_any_cell_counts_in_the_last_one():
    assert (cell(0.0), cell(1e9)) == (0, board.CELLS - 1)
    assert list(Values({}, 0.0, 0.0)) == [] and Values({}, 0.0, 0.0).mean is None


def test_kinds_keep_their_names_and_are_no_more_than_fit(tmp_path):
    made = Board(tmp_path / "now.bin")
    codes = [made.code(f"Kind{number}") for number in range(board.KINDS + 10)]
    assert len(set(codes)) == board.KINDS and codes[-1] == made.names.index(board.OTHER)
    long = made.code("é" * 100)
    made.slots[1].begin(7, 420.0, 3)
    made.close()
    again = Board(tmp_path / "now.bin")
    assert again.names == made.names and again.code("é" * 100) == long
    assert again.slots[1].whole[board.NUMBER] == 7 and again.slots[1].in_flight == 3
    again.close()


def test_one_process_counts_at_a_time(tmp_path):
    first = Board(tmp_path / "now.bin")
    with pytest.raises(ValueError, match="another soak is running in"):
        Board(tmp_path / "now.bin")
    first.close()
    Board(tmp_path / "now.bin").close()
    with pytest.raises(ValueError, match="cannot be written"):
        Board(tmp_path / "none" / "now.bin")
