"""The front page over the committed results in a real browser: which frameworks are shown."""

from __future__ import annotations

from pathlib import Path

from browser import Browser

from harness.check import known
from harness.site.front import Front, write_front

SHOWN = """return [...new Set([...document.querySelectorAll('tr[data-target]:not([hidden])')]
    .map(row => row.dataset.target))].sort()"""
ROWS = "return document.querySelectorAll('tr[data-target]:not([hidden])').length"
TICKED = "return [...document.querySelectorAll('#only :checked')].map(each => each.value)"


def test_frameworks_are_chosen_and_the_address_keeps_them(
    tmp_path: Path, chromium: Browser
) -> None:
    front = Front(known.committed(), {})
    write_front(tmp_path, front)
    page, some = (tmp_path / "index.html").as_uri(), ["agno", "langgraph"]
    every = sorted(each.target for each in front.documents)
    with chromium.without_scripts():
        chromium.open(page, "#only")
        assert chromium.run(SHOWN) == every
        assert chromium.run("return document.getElementById('only').offsetHeight") == 0
    chromium.open(page, "#only")
    assert chromium.run(SHOWN) == every and chromium.run(TICKED) == []
    for target in some:
        chromium.driver.find_element("css selector", f"#only [value={target}]").send_keys(" ")
    chromium.wait("location.hash === '#only=agno+langgraph'")
    chromium.wait("document.querySelectorAll('#t0 tr[data-target]:not([hidden])').length === 2")
    assert chromium.run(SHOWN) == some
    assert chromium.run(ROWS) == len(some) * len(front.sections)  # in every table
    chromium.run("document.querySelector('#t0 thead button').click()")
    chromium.wait("location.hash === '#only=agno+langgraph&sort=t0.0.ascending'")
    for address in (chromium.run("return location.href"), f"{page}#only=langgraph+agno+unknown"):
        chromium.open(address, "#only")  # as a link
        assert (chromium.run(SHOWN), chromium.run(TICKED)) == (some, some)
    chromium.run("location.hash = 'only=unknown'")
    chromium.wait("document.querySelectorAll('#only :checked').length === 0")
    assert chromium.run(SHOWN) == every
    chromium.run("history.back()")
    chromium.wait("document.querySelectorAll('#only :checked').length === 2")
    assert chromium.run(SHOWN) == some
    assert chromium.errors() == []
