"""A target's page: what changed is on top, everything is reachable, and it is small."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from overview_documents import EVIL, TITLES, demo, document, pair, row

from harness.check.known import Document, NotInstalled
from harness.site.overview import write_overview


@pytest.fixture(scope="module", name="demo")
def made() -> Document:
    return demo()


@pytest.fixture(scope="module")
def site(demo: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    write_overview(made, demo)
    return made


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.targets += [found["href"] or ""] if tag == "a" else []


def _text(site: Path) -> str:
    return (site / "overview.html").read_text("utf-8")


def _rows(text: str) -> list[str]:
    """The lines of rows, as they are read."""
    found = re.findall(r'<details class="row">\s*<summary>(.*?)</summary>', text, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", each).split()) for each in found]


def test_what_changed_last_is_first_by_how_far_it_is_beyond_its_threshold(site: Path) -> None:
    lines = _rows(_text(site))
    assert lines[0].startswith("✕ failed")  # it has no number any more
    assert lines[1].startswith("▲ worse What latency.calls measures")
    assert lines[1].endswith("200 → 400 +100 % 100x its threshold")
    assert lines[2].endswith("100 → 103 +3 % 3x its threshold")
    assert "in v2" in lines[3] and lines[3].endswith("0 → 3 from 0")  # earlier
    assert lines[4:] == [
        "? no verdict What latency.p50 measures latency, 3 tools 1 ms",
        "= same What same measures 3 tools 7",
    ]


def test_every_link_of_the_page_leads_to_a_place_on_it(demo: Document, tmp_path: Path) -> None:
    again = dataclasses.replace(demo.groups[0], machine="another")
    write_overview(tmp_path, dataclasses.replace(demo, groups=[*demo.groups, again]))
    found = _Links(_text(tmp_path))
    assert len(found.ids) == len(set(found.ids))
    own = [each[1:] for each in found.targets if each.startswith("#")]
    assert own and set(own) <= set(found.ids)
    assert {f"release={title}" for title in TITLES} <= set(own)
    others = {each.partition("#")[0] for each in found.targets} - {""}
    guides = {each.removeprefix("../guides/") for each in others if "guides" in each}
    assert guides == {"index.html", "reading-a-number.html", "verdicts.html", "sensitivity.html"}
    others -= {f"../guides/{each}" for each in guides}
    assert others == {
        *("../index.html", "overview.html", "overview.md", "compare.html", "releases.html"),
        *("index.html", "verdicts.json"),
    }


def test_a_release_that_could_not_be_installed_stands_there(demo: Document, tmp_path: Path) -> None:
    gone = NotInstalled("v1.5", "f" * 40, "2025-10-02T00:00:00Z", f"no wheel {EVIL}")
    group = dataclasses.replace(demo.groups[0], not_installed=[gone])
    write_overview(tmp_path, dataclasses.replace(demo, groups=[group]))
    assert "v1.5 (2025-10-02) could not be installed: no wheel &lt;" in _text(tmp_path)
    assert EVIL not in _text(tmp_path)
    assert "v1.5 (2025-10-02) could not be installed" in (tmp_path / "overview.md").read_text()


def test_it_says_how_often_the_rule_is_wrong_and_what_to_do_next(site: Path) -> None:
    text = _text(site)
    assert "a false alarm in 1 (1 of 12,825 rows)" in " ".join(text.split())
    assert "v3 is worse than v2." in text
    assert "asv run v2^! --config targets/demo.json --bench latency.calls\n" in text
    assert "python -m harness check v2 v3 --config targets/demo.json" in text
    assert "--runtime mine --python .cache/env/demo/*/bin/python" in text
    assert "Run.go (mine/run.py)" in text and "dep 1 → 2" in text
    assert "Invalid runs: v2." in text and "n/a: cannot stream" in text


def test_a_row_shows_in_which_releases_it_changed(site: Path) -> None:
    text = _text(site).partition("Changed in v3")[2]
    calls = text.partition("What latency.calls measures")[2].partition("</svg>")[0]
    assert 'viewBox="0 0 12 12"' in calls and '<path class="worse" d="M10,6V0M6,6V0"/>' in calls
    gone = text.partition("✕</span> failed")[2].partition("</svg>")[0]
    assert '<path class="lost" d="M10,0V12"/>' in gone


def test_the_twin_has_the_same_changes(site: Path) -> None:
    twin = (site / "overview.md").read_text("utf-8")
    assert (
        "| worse | v3 | What latency.calls measures: `latency.calls('mine', 3)` | 200 → 400 |"
        in twin
    )
    assert "| counts | 2 | 0 | 0 | 2 | 1 |" in twin
    assert "| absolutes | 0 | 0 | 1 | 0 | 0 |" in twin


def test_the_page_of_sixty_releases_of_many_rows_is_small(tmp_path: Path) -> None:
    titles = [f"v{i}.0.0" for i in range(60)]
    rows = [
        row(
            f"many.Rows{n}.calls",
            [1e-3 * (i + n) for i in range(60)],
            low=[1.0] * 60,
            high=[2.0] * 60,
        )
        for n in range(300)
    ]
    moved = {"verdict": "regression", "change": 0.5, "functions": [["f (m.py)", 1, 2]] * 3}
    verdicts = [{str(n): moved for n in range(300) if (n + i) % 6 == 0} for i in range(60)]
    pairs = [pair(i - 1, i, verdicts[i]) for i in range(1, 60)]
    rows = [dataclasses.replace(each, floor=None) for each in rows]
    write_overview(tmp_path, document(rows, pairs, titles))
    page = (tmp_path / "overview.html").read_bytes()
    assert len(page) < 5_000_000
    assert 0 < page.index(b'class="lead"') < 20_000  # painted before the rest has come


def test_a_release_alone_has_its_figures_and_no_empty_table(tmp_path: Path) -> None:
    write_overview(tmp_path, document([row("latency.calls", [1.0])], [], ["v1"]))
    text = _text(tmp_path)
    assert "nothing before it" in text and "<table>" not in text and 'class="strip' not in text
    assert _rows(text) == ["? no verdict What latency.calls measures latency, 3 tools 1"]
