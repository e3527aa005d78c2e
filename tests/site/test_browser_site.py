"""The whole site over the committed results, as `make site` leaves it, in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import Browser, require_browser, served
from places import ROOT
from shared import once

from harness.check import known
from harness.common.numbers import change

OURS = ("overview.html", "compare.html", "releases.html")
LOOKS = [  # where all is shown that there is, then what another theme or width can change
    (1280, "light", {}),
    (1280, "dark", {"others": False}),
    (360, "light", {"colours": False}),
]
TARGETS = """return [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary')].filter(each => {
        const { width, height } = each.getBoundingClientRect();
        return each.checkVisibility() && Math.min(width, height) < 24 && !each.closest('p, li > a');
    }).map(each => each.outerHTML)"""
"""What is smaller than a finger needs; links within a text need not be larger than it is."""

TEXT = "return document.body.innerText.replace(/\\s+/g, ' ')"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made once for all test processes."""
    require_browser()
    return once(tmp_path_factory, "site", make_site) / "html"


def make_site(root: Path) -> None:
    """Make it in a copy of the checkout that has no network and no environments."""
    for name in ("results", "benchmarks", "harness", "docs"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "targets", root / "targets")
    for name in ("asv.conf.json", "slo.toml"):
        shutil.copy(ROOT / name, root)
    no_network = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https")}
    done = subprocess.run(
        [sys.executable, "-m", "harness", "site"],
        cwd=root,
        env={**os.environ, **no_network},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def page(site: Path, chromium: Browser) -> Iterator[Browser]:
    """The browser at the site as files; after the test nothing may have gone wrong."""
    chromium.look()
    chromium.requests(), chromium.errors()
    chromium.base = site.as_uri() + "/"
    yield chromium
    assert chromium.errors() == []


def of(site: Path, target: str) -> known.Document:
    return known.read(site / target / "verdicts.json")


def targets(site: Path) -> list[str]:
    return sorted(path.parent.name for path in site.glob("*/verdicts.json"))


def test_all_targets_with_results_are_there(site):
    measured = {path.parent.parent.name for path in ROOT.glob("results/*/*/machine.json")}
    assert set(targets(site)) == measured
    for target in measured:
        assert all((site / target / name).stat().st_size < 5_000_000 for name in OURS)


def test_served_and_as_files_all_pages_look_alike_and_ask_nothing(page, site):
    """But for asv's own pages, which load their own scripts and data."""
    pages = ["index.html", "guides/index.html", "guides/load-testing.html"]
    pages += [*(f"{target}/{name}" for target in targets(site) for name in OURS)]
    with served(site) as address:
        for path in pages:
            looks = []
            for base in (page.base, address):
                page.open(base + path, "h1")
                looks.append(page.appearance())
                asked, failed = page.requests()
                own = [each for each in asked if not each.startswith(("about:", "data:"))]
                assert set(own) == {base + path}
                assert failed == [] and page.errors() == [], path
            assert looks[0] == looks[1], (path, [len(each) for each in looks])


def test_asvs_own_pages_lead_to_ours(page, site):
    for target in targets(site):
        page.open(f"{page.base}{target}/index.html", ".benchmark-plot canvas")
        links = page.run(
            "return [...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
        )
        assert set(OURS) <= set(links), target
        asked, failed = page.requests()
        assert failed == [] and all(
            each.startswith((page.base, "about:", "data:")) for each in asked
        )


@pytest.mark.parametrize(
    "path", ["index.html", "guides/ci.html", *(f"pydantic-ai/{name}" for name in OURS)]
)
def test_axe_finds_nothing_in_both_themes_on_phone_and_desktop(page, path):
    page.open(page.base + path, "h1")
    for width, theme, rules in LOOKS:
        page.look(width, theme)
        assert page.violations(**rules) == [], (width, theme)
        assert page.run("return document.documentElement.scrollWidth") <= width
        assert page.run(TARGETS) == []
    page.look()


@pytest.mark.parametrize("part", ["", "#/summarylist", "#latency.Counted.track_calls"])
def test_axe_finds_nothing_in_asvs_own_pages(page, part):
    ready = {"": ".benchmark-plot canvas", "#/summarylist": "#summarylist-body tr"}
    page.open(f"{page.base}pydantic-ai/index.html{part}", ready.get(part, ".flot-base"))
    assert page.violations() == []


def test_without_scripts_tables_are_complete(page, site):
    rows = "return [...document.querySelectorAll('tbody tr, details.row')].length"
    with page.without_scripts():
        page.open(page.base + "index.html", "h1")
        told = page.run("return document.body.textContent")
        for target in targets(site):
            assert of(site, target).project in told
        assert page.run("return document.querySelectorAll('thead th button').length") == 0
        for target in targets(site):
            (group, *_) = of(site, target).groups
            judged = sum(row.judged for row in group.rows)
            page.open(f"{page.base}{target}/compare.html", "h1")
            if group.before(len(group.releases) - 1):
                found = page.run("return document.querySelectorAll('#rows tbody tr').length")
                assert found == judged
            page.open(f"{page.base}{target}/overview.html", "h1")
            assert page.run(rows) > 0


@pytest.mark.parametrize("target", ["pydantic-ai", "greenlang"])
def test_verdicts_are_those_of_check(page, site, target):
    found = of(site, target)
    (group, *_) = found.groups
    pair = group.before(len(group.releases) - 1)
    base, head = (group.releases[each].title for each in (pair.base, pair.head))
    config = ROOT / found.config
    done = subprocess.run(
        [*(sys.executable, "-m", "harness", "check", base, head, "--format", "json"),
         *("--config", config, "--machine", group.machine)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    said = json.loads(done.stdout)
    page.open(f"{page.base}{target}/compare.html#from={base}&to={head}&all=1", "#rows")
    rows = page.run(
        "return [...document.querySelectorAll('#rows tbody tr')]"
        ".map(row => [row.dataset.row, row.dataset.verdict])"
    )
    assert {group.rows[int(at)].label: verdict for at, verdict in rows} == {
        row["label"]: row["verdict"] for row in said["rows"]
    }
    assert said["summary"] in page.run(TEXT)
    page.open(f"{page.base}{target}/overview.html", "h1")
    assert said["summary"].partition(": ")[2] in page.run(TEXT)


def test_three_clicks_to_who_made_it_slower(page, site):
    """From the front page: which release, by how much, in which functions."""
    found = of(site, "pydantic-ai")
    page.open(page.base + "index.html", "h1")
    click(
        page, f"[...document.querySelectorAll('table a')].find(a => a.text === '{found.project}')"
    )
    page.wait("location.pathname.endsWith('/pydantic-ai/overview.html')")
    (group, *_) = found.groups
    labels = {f"row={quote(row.label)}": at for at, row in enumerate(group.rows)}
    worse = page.run(
        "return [...document.querySelectorAll('details.row')]"
        ".filter(row => row.querySelector('.worse') && row.offsetHeight)"
        ".map(row => row.querySelector('[id^=\"row=\"]').id)"
    )
    # The first of which functions are known: of objects that the collector frees there are none.
    label, title, judged = next(
        (label, title, judged)
        for label in worse
        for title, judged in [last_step(group, labels[label])]
        if judged.verdict == "regression" and judged.functions
    )
    row = f"document.getElementById({label!r}).closest('details.row')"
    click(page, f"{row}.querySelector('summary')")
    page.wait(f"{row}.open")
    told = page.run(f"return {row}.innerText")
    assert title in told and change(judged.change) in told
    for name, old, new in judged.functions:
        assert name in told and f"{old:,}" in told and f"{new:,}" in told


def last_step(group, at):
    """The newest release at which a row was judged, and the verdict."""
    pairs = [group.before(head) for head in range(len(group.releases))]
    pair = [pair for pair in pairs if pair and at in pair.judged][-1]
    return group.releases[pair.head].title, pair.judged[at]


def click(page: Browser, element: str) -> None:
    """As a person does: the element must be there to be seen."""
    page.wait(element)
    page.run(f"{element}.scrollIntoView({{block: 'center'}})")
    page.driver.execute_script(f"return {element}").click()
