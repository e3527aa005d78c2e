"""A target's page: what changed is on top, everything is reachable, and nothing needs a script."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from browser import Browser, open_browser, require_browser

from harness.check.known import Document, FalseAlarms, Group, Pair, Release, Row
from harness.site.overview import write_overview

EVIL = "</details><script>document.title = 'evil'</script>"
TITLES = ["v1", "v2", "v3"]
NO_FLOOR: dict[str, Any] = {"floor": None, "judged": True}


def _row(name: str, values: list[float | None], **changed: Any) -> Row:
    made = Row(
        label=f"{name}('mine', 3)",
        benchmark=name,
        params={"tools": "3"},
        about=f"What {name} measures",
        grade="counts",
        unit="calls",
        exact=True,
        threshold=0.01,
        floor=0,
        judged=True,
        values=values,
    )
    return dataclasses.replace(made, **changed)


def _document(rows: list[Row], pairs: list[Pair], titles: list[str] = TITLES) -> Document:
    releases = [
        Release(
            title, f"{i:040x}", f"2025-10-{i % 28 + 1:02d}T12:00:00Z", [], [f"dep=={i}"], "py", 1, 0
        )
        for i, title in enumerate(titles)
    ]
    releases[0] = dataclasses.replace(releases[0], findings=None, improvements=None)
    releases[1] = dataclasses.replace(releases[1], invalid=["others ran"])
    group = Group("lab", "venv", "3.11", False, {"cpu": "1"}, releases, rows, pairs)
    alarms = FalseAlarms(45, 1, 12825, 1)
    made = Document(
        *(1, "demo", "Demo <agents>", "demo", "mine", "targets/demo.json", "2025-10-03"),
        alarms,
        [group],
        [],
    )
    return made


def _pair(base: int, head: int, verdicts: dict[str, Any]) -> Pair:
    summary = f"Demo <agents>: {TITLES[head % 3]} is worse than {TITLES[base % 3]}"
    return Pair(base, head, summary, [], [], 0, verdicts)


@pytest.fixture(scope="module")
def demo() -> Document:
    """calls doubled in v2 and again in v3; lines rose a little in v3; blocks came in v2; p50 was
    not judged; one row is gone, one never was."""
    noisy: dict[str, Any] = {
        "grade": "absolutes",
        "unit": "seconds",
        "exact": False,
        "threshold": 0.1,
    }
    rows = [
        _row("floor", [8, 8, 8], **NO_FLOOR | {"judged": False}),
        _row("latency.calls", [100, 200, 400]),
        _row("latency.lines", [100, 100, 103], unit="lines"),
        _row("loop.blocks", [0, 3, 3], **NO_FLOOR),
        _row("latency.p50", [1e-3, 2e-3, 1e-3], low=[9e-4] * 3, high=[3e-3] * 3, **noisy),
        _row("evil", [5, 5, None], about=EVIL, label=EVIL, missing={"2": "failed: it broke"}),
        _row("never", [None] * 3, missing={"2": "n/a: cannot stream"}),
        _row("same", [7, 7, 7]),
    ]
    doubled = {
        "verdict": "regression",
        "change": 1.0,
        "functions": [["Run.go (mine/run.py)", 0, 14]],
    }
    pairs = [
        _pair(0, 1, {"1": doubled, "3": {"verdict": "regression"}}),
        _pair(
            1,
            2,
            {
                "1": doubled,
                "2": {"verdict": "regression", "change": 0.03},
                "4": {
                    "verdict": "no verdict",
                    "change": -0.5,
                    "reason": "the machine moved by 50 %",
                },
                "5": {"verdict": "failed", "reason": "it gave a number before"},
            },
        ),
        _pair(0, 2, {"3": {"verdict": "improvement", "change": -0.9}}),
    ]
    return _document(rows, pairs)


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
    assert lines[2].endswith("100 → 103 +3 % 3.0x its threshold")
    assert "in v2" in lines[3] and lines[3].endswith("0 → 3 from 0")  # earlier
    assert lines[4:] == [
        "? no verdict What latency.p50 measures latency, tools 3 1 ms",
        "= same What same measures tools 3 7",
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
    assert others == {
        *("../index.html", "overview.html", "overview.md", "compare.html", "releases.html"),
        *("index.html", "verdicts.json"),
    }


def test_it_says_how_often_the_rule_is_wrong_and_what_to_do_next(site: Path) -> None:
    text = _text(site)
    assert "a false alarm in 1 (1 of 12,825 rows)" in " ".join(text.split())
    assert "v3 is worse than v2." in text
    assert "asv run v2^! --config targets/demo.json --bench latency.calls\n" in text
    assert "python -m harness check v2 v3 --config targets/demo.json" in text
    assert "--runtime mine --python .cache/env/demo/*/bin/python" in text
    assert "Run.go (mine/run.py)" in text and "dep 1 → 2" in text
    assert "Invalid runs: v2." in text and "n/a: cannot stream" in text


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
        _row(
            f"many.Rows{n}.calls",
            [1e-3 * (i + n) for i in range(60)],
            low=[1.0] * 60,
            high=[2.0] * 60,
        )
        for n in range(300)
    ]
    moved = {"verdict": "regression", "change": 0.5, "functions": [["f (m.py)", 1, 2]] * 3}
    verdicts = [{str(n): moved for n in range(300) if (n + i) % 6 == 0} for i in range(60)]
    pairs = [_pair(i - 1, i, verdicts[i]) for i in range(1, 60)]
    rows = [dataclasses.replace(each, floor=None) for each in rows]
    write_overview(tmp_path, _document(rows, pairs, titles))
    page = (tmp_path / "overview.html").read_bytes()
    assert len(page) < 5_000_000
    assert 0 < page.index(b'class="lead"') < 20_000  # painted before the rest has come


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_browser()
    with open_browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


OPEN = "return [...document.querySelectorAll('.row[open] [id]')].map(e => e.id)"
LABEL = "latency.calls('mine', 3)"


@pytest.mark.parametrize("spelled", [quote(LABEL), LABEL, urlencode({"": LABEL})[1:]])
def test_an_address_opens_its_row_however_it_is_spelled(
    site: Path, chromium: Browser, spelled: str
) -> None:
    chromium.open(f"{(site / 'overview.html').as_uri()}#row={spelled}", ".row[open]")
    assert chromium.run(OPEN) == [f"row={quote(LABEL)}"]
    assert chromium.run("return document.title") == "Demo <agents>: v3"
    assert chromium.errors() == []


def test_the_back_button_closes_what_was_opened(site: Path, chromium: Browser) -> None:
    chromium.open((site / "overview.html").as_uri(), ".row")
    for number in (1, 2):
        chromium.run(f"document.querySelectorAll('.row > summary')[{number}].click()")
        chromium.wait(f"document.querySelectorAll('.row[open]').length === {number}")
    assert "latency.lines" in chromium.run("return location.hash")
    for number in (1, 0):
        chromium.run("history.back()")
        chromium.wait(f"document.querySelectorAll('.row[open]').length === {number}")


def test_without_scripts_releases_and_rows_open_too(site: Path, chromium: Browser) -> None:
    command = chromium.driver.execute_cdp_cmd
    command("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.open(f"{(site / 'overview.html').as_uri()}#release=v2", ".panel")
        shown = "return [...document.querySelectorAll('.panel')].filter(e => e.offsetHeight).length"
        assert chromium.run(shown) == 1
        assert chromium.run("return document.querySelectorAll('pre + button, button').length") == 0
        chromium.open(f"{(site / 'overview.html').as_uri()}#row={quote(LABEL)}", ".row[open]")
        assert chromium.run(OPEN) == [f"row={quote(LABEL)}"]
    finally:
        command("Emulation.setScriptExecutionDisabled", {"value": False})
