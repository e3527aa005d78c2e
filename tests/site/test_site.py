"""The published site: opens without a network, draws its graphs, and is replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, served
from site_project import BENCHMARKS, NOTE, VERSIONS, make_project, publish

from harness.site.publish import written_beside


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    directory = make_project(root)
    done = publish(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out of: latency.track_ratio" in done.stdout
    return directory


@pytest.fixture(params=["served", "double click"])
def page(request: pytest.FixtureRequest, site: Path, chromium: Browser) -> Iterator[Browser]:
    """The browser; after the test nothing may have gone wrong, or been asked of another host."""
    with served(site) as address:
        chromium.base = address if request.param == "served" else site.as_uri() + "/"
        yield chromium
        chromium.driver.get("about:blank")
    asked, failed = chromium.requests()
    assert chromium.errors() == []
    assert failed == []
    ours = (chromium.base, "about:", "data:")
    assert asked and [each for each in asked if not each.startswith(ours)] == []


def _drawn_pixels(page: Browser, canvas: str) -> int:
    return page.run(
        f"var c = document.querySelector({canvas!r});"
        "var d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        # coloured ones only: the frame and the grid are grey
        "var n = 0; for (var i = 0; i < d.length; i += 4)"
        " if (d[i + 3] && (d[i] != d[i + 1] || d[i] != d[i + 2])) n++; return n"
    )


def test_grid_has_one_drawn_tile_per_benchmark(page: Browser) -> None:
    page.open(page.base + "index.html", ".benchmark-plot canvas")
    names = page.run("return $('.benchmark-container').map((i, e) => e.hash.slice(1)).get()")
    assert sorted(names) == sorted(BENCHMARKS)
    page.wait("document.querySelectorAll('.benchmark-plot canvas.flot-base').length >= 3")
    assert _drawn_pixels(page, ".benchmark-plot canvas.flot-base") > 100


def test_graph_shows_framework_and_floor_at_every_size(page: Browser) -> None:
    page.open(page.base + "index.html#scaling.track_added_p95", "#main-graph .legendLabel")
    labels = page.run("return $('#main-graph .legendLabel').map((i, e) => e.textContent).get()")
    assert len(labels) == 10
    assert {"n-1000; runtime-greenlang", "n-1000; runtime-floor"} <= set(labels)
    assert page.run("return $('#main-graph').data('plot').getData().length") == 10
    assert "milliseconds" in page.run(
        "return $('#main-graph').data('plot').getAxes().yaxis.options.axisLabel"
    )
    assert _drawn_pixels(page, "#main-graph canvas.flot-base") > 1000


def test_bars_of_a_named_parameter_are_all_drawn(page: Browser) -> None:
    page.open(page.base + "index.html#scaling.track_added_p95?x-axis=runtime", "#main-graph canvas")
    page.wait("$('#main-graph').data('plot').getData().length == 5")
    bars = page.run(
        "return $('#main-graph').data('plot').getData().map(s => s.datapoints.points[0])"
    )
    assert None not in bars and bars == sorted(bars)


def test_a_benchmark_without_any_value_opens(page: Browser) -> None:
    page.open(page.base + "index.html#agents.time_absent", "#main-graph canvas")


def test_list_and_release_open(page: Browser, site: Path) -> None:
    page.open(page.base + "index.html#/summarylist", "#summarylist-body tbody tr")
    assert page.run("return $('#summarylist-body tbody tr').length") == 4 + 10
    # asv's step detection is no verdict; a click on a graph leads to the release
    assert page.run("return $('#nav a[href=\"#/regressions\"]').length") == 0
    assert page.run("return $('#nav a[href=\"overview.html\"]').length") == 1
    short = json.loads((site / "index.json").read_text())["revision_to_hash"]["5"][:8]
    page.open(page.base + f"releases.html#{short}", "h2")
    found = f"document.getElementById({short!r}).closest('.release').querySelector('h2')"
    assert VERSIONS[5] in page.run(f"return {found}.textContent")


def test_releases_page_tells_versions_reasons_and_packages(page: Browser) -> None:
    page.open(page.base + "index.html", "#nav-li-releases a")
    page.run("document.querySelector('#nav-li-releases a').click()")
    page.wait("document.title.startsWith('Releases of Demo <agents>')")
    text = page.run("return document.body.textContent")
    assert all(version in text for version in VERSIONS.values())
    assert NOTE in text
    assert "1 of 10: 'greenlang', 1000" in text
    assert "httpx 0.20 → 0.25" in text
    assert "What was installed was not kept" in text
    assert "not a finite number" in text
    assert "installing 4 s" in text and "<setup_cache scaling:12>" in text
    assert "2 <cores>" in text
    assert page.run("return document.scripts.length") == 0


def test_failed_publish_keeps_the_old_site(tmp_path: Path) -> None:
    directory = make_project(tmp_path)
    assert publish(tmp_path).returncode == 0
    before = (directory / "info.json").read_bytes()
    (tmp_path / "results" / "benchmarks.json").write_text("not JSON", encoding="utf-8")
    done = publish(tmp_path)
    assert done.returncode == 1
    assert (directory / "info.json").read_bytes() == before
    assert [each.name for each in directory.parent.iterdir()] == [directory.name]


def test_publish_again_and_elsewhere(tmp_path: Path) -> None:
    directory = make_project(tmp_path)
    for arguments in ([], [], ["--html-dir", "elsewhere"]):
        assert publish(tmp_path, *arguments).returncode == 0
    for place in (directory, tmp_path / "elsewhere"):
        for page in ("data.js", "overview.html", "compare.html"):
            assert (place / page).exists(), page
        assert json.loads((place / "index.json").read_text())["show_commit_url"] == "releases.html#"


def test_interrupted_swaps_are_tidied_up(tmp_path: Path) -> None:
    (tmp_path / "html.old").mkdir()
    (tmp_path / "html.old" / "page").write_text("old")
    (tmp_path / "html.new").mkdir()
    with pytest.raises(KeyboardInterrupt), written_beside(str(tmp_path / "html")) as fresh:
        fresh.mkdir()
        raise KeyboardInterrupt
    assert (tmp_path / "html" / "page").read_text() == "old"
    with written_beside(str(tmp_path / "html")) as fresh:
        fresh.mkdir()
    assert [each.name for each in tmp_path.rglob("*")] == ["html"]
