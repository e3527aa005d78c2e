"""Small charts: change over the first release, gaps and edges where they belong, words for all."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from harness.rendering.charts import BOTTOM, HEIGHT, TOP, History, history

RELEASES = ["1.0", "1.1", "1.2", "1.3"]
EVIL = "</svg><script>&"


def _drawn(of: History) -> ElementTree.Element:
    return ElementTree.fromstring(str(history(of)))


def _path(chart: ElementTree.Element, kind: str) -> str:
    return next(each.attrib["d"] for each in chart.iter("path") if each.attrib["class"] == kind)


def _heights(drawn: str) -> list[float]:
    return [float(y) for y in re.findall(r",([\d.]+)", drawn)]


def _words(chart: ElementTree.Element) -> list[str | None]:
    return [each.text for each in chart.iter("text")]


def test_the_axis_is_the_change_and_the_values_stand_beside_it() -> None:
    chart = _drawn(History("calls", RELEASES, [100, 100, 150, 150], marks={2: "worse"}))
    assert {"0 %", "+20 %", "+40 %", "100", "150", "1.0", "1.3"} <= set(_words(chart))
    zero, *_, last = _heights(_path(chart, "line"))
    assert TOP < last < zero < HEIGHT - BOTTOM


def test_what_is_within_the_threshold_does_not_look_large() -> None:
    tall = _heights(_path(_drawn(History("", RELEASES, [100, 100, 100.1, 100])), "line"))
    assert max(tall) - min(tall) < 10
    tall = _heights(_path(_drawn(History("", RELEASES, [100, 100, 103, 100])), "line"))
    assert max(tall) - min(tall) > 60


def test_from_zero_both_sides_are_values() -> None:
    words = _words(_drawn(History("", RELEASES, [0, 0, 3, 3], "blocks")))
    assert "3" in words and not any("%" in (word or "") for word in words)


def test_a_gap_is_a_gap_and_nothing_is_nothing() -> None:
    assert _path(_drawn(History("", RELEASES, [1, None, 2, 2])), "line").count("M") == 2
    assert history(History("", RELEASES, [None] * 4)) == ""
    assert _drawn(History("", ["1.0"], [7.0])).tag == "svg"


def test_a_wild_interval_and_the_floor_stay_inside() -> None:
    chart = _drawn(
        History(
            "latency",
            RELEASES,
            [1e-3, 1.1e-3, 1e-3, 1e-3],
            "seconds",
            [-5.0, 0.9e-3, None, 1e-3],
            [9.0, 1.2e-3, None, 1e-3],
            {"floor": [1e-6, 9e-6, 1e-6, None]},
            step=(0, 1),
            invalid=[2],
        )
    )
    for kind in ("interval", "floor", "line", "invalid"):
        assert all(TOP <= y <= HEIGHT - BOTTOM for y in _heights(_path(chart, kind))), kind
    moved = _heights(_path(chart, "line"))
    assert max(moved) - min(moved) > 20  # though the interval is 9,000 times as wide
    assert "invalid runs: 1.2" in (chart.findtext("desc") or "")


def test_words_say_what_the_picture_shows_and_stay_text() -> None:
    of = History(EVIL, [EVIL, "1.1", "1.2"], [100, 50, 50], "calls", marks={1: "better"})
    chart = _drawn(of)
    assert chart.findtext("title") == EVIL
    assert (
        chart.findtext("desc") == f"{EVIL}: 100; 1.1: 50, -50 %, better than before; 1.2: 50, -50 %"
    )
    assert "<script" not in str(history(of))


@pytest.mark.parametrize(
    "names", [[f"v{i}.0.0" for i in range(60)], [f"{i:08x}" for i in range(60)]]
)
def test_sixty_releases_are_small_and_their_names_apart(names: list[str]) -> None:
    values = [100.0 + i for i in range(60)]
    of = History("", names, values, low=values, high=values, step=(30, 31))
    assert len(str(history(of))) < 4000
    shown = [each for each in _drawn(of).iter("text") if each.text in names]
    places = sorted(float(each.attrib["x"]) for each in shown)
    assert len(places) >= 3
    assert min(b - a for a, b in itertools.pairwise(places)) > 6 * len(names[0]) - 1
