"""The guides as pages: each is there, its links lead somewhere, and nothing is loaded."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from places import ROOT

from harness.rendering import pages
from harness.site import guides


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    guides.write(made)
    return made / "guides"


class _Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found["id"]} if "id" in found else set()
        self.links += [found["href"]] if tag == "a" and "href" in found else []
        self.pictures += [found["src"]] if tag == "img" else []


def test_every_guide_is_a_page_with_its_markdown_beside_it(site: Path) -> None:
    for path in (ROOT / "docs").glob("*.md"):
        name = "index" if path.name == "README.md" else path.stem
        text = (site / f"{name}.html").read_text("utf-8")
        (title,) = [line for line in path.read_text("utf-8").splitlines() if line.startswith("# ")]
        assert text.count("<h1>") == 1
        assert title[2:].partition("`")[0] in text
        assert (site / path.name).read_text("utf-8") == path.read_text("utf-8")


def test_links_lead_to_pages_places_and_files_of_the_site(site: Path) -> None:
    known = {path.name: _Page(path) for path in site.glob("*.html")}
    between = 0
    for name, page in known.items():
        assert all(each.startswith("data:image/") for each in page.pictures), name
        for link in page.links:
            to, _, place = link.partition("#")
            if link.startswith("https://") or link == "../index.html":
                continue
            assert (site / (to or name)).is_file(), (name, link)
            between += to.endswith(".html")
            assert not place or place in known[to or name].ids, (name, link)
    assert between > 3 * len(known)
    assert known["load-testing.html"].pictures


def test_html_in_a_guide_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (docs := tmp_path / "docs").mkdir()
    name = "reading-a-number"
    (docs / f"{name}.md").write_text(
        "# One <b>\n\nA <script>1</script> and\n\n```\n</pre><i>\n```\n"
    )
    monkeypatch.setattr(pages, "GUIDES", docs)
    guides.write(tmp_path)
    text = (tmp_path / "guides" / f"{name}.html").read_text("utf-8").partition("<main>")[2]
    assert "&lt;script&gt;" in text and "&lt;/pre&gt;&lt;i&gt;" in text and "<b>" not in text


def test_an_installation_has_none_and_leads_to_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (other := tmp_path / "docs").mkdir()
    (other / "README.md").write_text("# Of somebody else\n")
    monkeypatch.setattr(pages, "GUIDES", other)
    guides.write(tmp_path)
    assert not (tmp_path / "guides").exists()
    (page := tmp_path / "page.html").write_text(
        "{% extends 'base.html' %}{% from 'parts.html' import navigation, guided %}"
        "{% block title %}t{% endblock %}"
        "{% block body %}{{ navigation('a.html', 'p') }}{{ guided('words', 'x') }}{% endblock %}"
    )
    assert "words" in pages.page(page) and "guides" not in pages.page(page)
