"""Tables sort and filter in a browser, with the state in the address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser

from harness.rendering import pages

TEMPLATE = """{% extends "base.html" %}{% from "parts.html" import filter %}
{% block title %}Rows{% endblock %}
{% block body %}{{ filter("t") }}<table id="t" class="sortable">
<thead><tr><th>name</th><th>value</th></tr></thead>
<tbody><tr><td>floor</td><td>7</td></tr></tbody>
<tbody>{% for name, value in rows %}<tr><td>{{ name }}</td><td data-value="{{ value }}">x</td></tr>
<tr class="more"><td>more of {{ name }}</td></tr>{% endfor %}</tbody></table>{% endblock %}"""
ROWS = [("b", 10), ("none", ""), ("c", 9.5), ("a", 100)]


@pytest.fixture
def page(tmp_path: Path, chromium: Browser) -> Iterator[Browser]:
    (tmp_path / "rows.html").write_text(TEMPLATE)
    text = pages.page(tmp_path / "rows.html", scripts=pages.TABLES, rows=ROWS)
    (tmp_path / "page.html").write_text(text)
    chromium.base = (tmp_path / "page.html").as_uri()
    chromium.open(chromium.base, "thead button")
    yield chromium
    assert chromium.errors() == []


def shown(page: Browser) -> list[str]:
    found: list[str] = page.run(
        "return [...document.querySelectorAll('tbody tr:not(.more):not([hidden])')]"
        ".map(row => row.cells[0].textContent)"
    )
    return found


def test_sorting_keeps_the_floor_first_and_what_is_missing_last(page):
    click = "document.querySelectorAll('thead button')[1].click()"
    orders = {"ascending": "cba", "descending": "abc"}
    for way, order in orders.items():
        page.run(click)
        page.wait(f"location.hash === '#sort=t.1.{way}'")
        page.wait(f"document.querySelector('th[aria-sort={way}]') !== null")
        assert shown(page) == ["floor", *order, "none"]
        follows = "document.querySelectorAll('tbody')[1].rows[1].textContent"
        assert page.run(f"return {follows}") == f"more of {order[0]}"
    page.run("history.back()")
    page.wait("document.querySelector('th[aria-sort=ascending]') !== null")
    assert shown(page) == ["floor", *"cba", "none"]
    page.run(click), page.run(click)
    page.wait("document.querySelector('th[aria-sort]') === null")
    assert shown(page) == ["floor", *(name for name, _ in ROWS)]


def test_words_filter_rows_and_stand_in_the_address(page):
    page.run(
        "const box = document.querySelector('input'); box.value = 'NONE';"
        "box.dispatchEvent(new Event('input'))"
    )
    assert shown(page) == ["floor", "none"]
    assert page.run("return document.querySelector('[role=status]').textContent") == "1 shown"
    page.open(page.base + "#find=none&sort=t.0.descending", "thead button")
    assert shown(page) == ["floor", "none"]
    assert page.run("return document.querySelector('input').value") == "none"
