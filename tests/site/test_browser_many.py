"""A history of sixty releases: pages stay small, and say the verdict when they are painted."""

from __future__ import annotations

from pathlib import Path

import pytest
import verdict_documents
from browser import Browser

from harness.site.target_pages import WRITERS

RELEASES, SIZES = 60, 60
LARGEST = 5_000_000

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["overview.html", "compare.html"])
def test_sixty_releases_make_a_page_that_is_small_and_painted(
    tmp_path: Path, name: str, chromium: Browser
) -> None:
    of = verdict_documents.write(tmp_path / "verdicts.json", RELEASES, SIZES)
    for write in WRITERS:
        write(tmp_path, of)
    page = tmp_path / name
    assert page.stat().st_size < LARGEST
    summary = of.groups[0].before(RELEASES - 1).summary.partition(": ")[2]
    chromium.open(page.as_uri(), "h1")
    chromium.wait("performance.getEntriesByName('first-contentful-paint').length")
    assert summary in chromium.run("return document.body.innerText")
    (paint,) = chromium.run(
        "return performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)"
    )
    top = chromium.run(
        "return [...document.querySelectorAll('p')].find(p => p.innerText.trim())"
        ".getBoundingClientRect().top"
    )
    assert 0 < top < 900  # the first sentence is in what is painted first
    assert chromium.errors() == []
    print(f"{name}: {page.stat().st_size / 1e6:.2f} MB, painted after {paint / 1000:.2f} s")
