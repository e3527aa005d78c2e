"""A target's page in a real browser: addresses, the back button, the search, and no scripts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from browser import Browser
from overview_documents import demo

from harness.site.overview import write_overview


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    write_overview(made, demo())
    return made


OPEN = "return [...document.querySelectorAll('.row[open] [id]')].map(e => e.id)"
LABEL = "latency.calls('mine', 3)"
SAME = "row=" + quote("same('mine', 3)")


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


SHOWN = """return [...document.querySelectorAll('.row')].filter(each => each.offsetHeight)
    .map(each => each.querySelector('[id]').id)"""


def test_a_search_leaves_rows_and_its_address_finds_them_again(
    site: Path, chromium: Browser
) -> None:
    address = (site / "overview.html").as_uri()
    chromium.open(address, ".row")
    before = chromium.run(SHOWN)
    chromium.run("var b = document.getElementById('find'); b.value = 'same TOOLS 3'; b.oninput()")
    assert chromium.run(SHOWN) == [SAME]
    assert chromium.run("return location.hash") == "#find=same+TOOLS+3"
    chromium.run("document.querySelector('.row:not([hidden]) > summary').click()")
    chromium.wait("document.querySelectorAll('.row[open]').length === 1")
    chromium.run("history.back()")
    chromium.wait("location.hash === '#find=same+TOOLS+3'")
    chromium.open(address + "#find=latency.+calls", ".row")  # as a link
    assert chromium.run(SHOWN) == [f"row={quote(LABEL)}"]
    assert chromium.run("return document.getElementById('find').value") == "latency. calls"
    chromium.run(f'location.hash = "{SAME}"')  # which it had left out
    chromium.wait("document.querySelectorAll('.row[open]').length === 1")
    chromium.run("location.hash = ''")
    chromium.wait("document.getElementById('find').value === ''")
    assert chromium.run(SHOWN) == before


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
