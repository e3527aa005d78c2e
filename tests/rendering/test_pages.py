"""Pages: everything that is put in is escaped, nothing is loaded, numbers read as in Python."""

from pathlib import Path

import pytest

from harness.common.numbers import SCALES, SUFFIXES, change, quantity
from harness.rendering import pages

EVIL = "</script><script>document.title = 'evil'</script><!--<script >"
TEMPLATE = """{% extends "base.html" %}
{% from "parts.html" import details, table %}
{% block title %}{{ title }}{% endblock %}
{% block body %}{% call details("more") %}{{ table(["a", "b"], rows) }}{% endcall %}{% endblock %}
"""
NUMBERS = [0, 1, 29.000000000000004, 0.5, 17.26, -0.01234, 999.7, 1234567.8, 3.2e-7, 0.02, 0.9997]
NUMBERS += [1234.5, -1235.5, 12.25, 12.75, 1.005, 10.05, 99.95, 9.995, 999.5, 0.0, 1e9, None]
UNITS = [*SCALES, *SUFFIXES, "", "calls", "constructor"]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "own.html"
    path.write_text(TEMPLATE)
    return path


@pytest.mark.faults
def test_text_and_data_cannot_leave_their_place(template):
    made = pages.page(template, {"name": EVIL}, title=EVIL, rows=[[EVIL, "2 ms"]])
    assert made.count("<script>") == 1 and made.count("</script>") == 1
    assert "\\u003c/script\\u003e" in made and "&lt;/script&gt;" in made
    assert '<td class="figure">2 ms</td>' in made
    assert f'content="{pages.POLICY}"' in made and "http:" not in made


def test_a_number_that_json_has_not_and_a_name_that_is_missing_are_refused(template):
    with pytest.raises(ValueError, match="not JSON compliant"):
        pages.page(template, [float("nan")], title="", rows=[])
    with pytest.raises(Exception, match="rows"):
        pages.page(template, title="")


def test_a_script_with_an_end_tag_in_it_stays_one(template, tmp_path):
    script = tmp_path / "own.js"
    script.write_text("const end = '</script>';")
    assert pages.page(template, None, [script], title="", rows=[]).count("</script>") == 1


def test_numbers_of_a_page_read_as_in_python(template, tmp_path, chromium):
    cases = [[value, unit] for value in NUMBERS for unit in UNITS]
    page = tmp_path / "page.html"
    page.write_text(pages.page(template, cases, pages.NUMBERS, title="", rows=[]))
    chromium.open(page.as_uri(), "h1")
    told = chromium.run("return DATA.map(([value, unit]) => quantity(value, unit))")
    changes = chromium.run("return DATA.map(([value]) => change(value))")
    assert chromium.errors() == []
    assert told == [quantity(value, unit) for value, unit in cases]
    assert changes == [change(value) for value, _ in cases]
