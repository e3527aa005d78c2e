"""The front page: what changed lately, and frameworks side by side, of any documents."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import check_project
import pytest
from check_project import times

from harness.check import documents, known, stored
from harness.check.finding import Called
from harness.history import machine
from harness.results.result import Result
from harness.site import front
from harness.site.front import Front, write_front
from harness.site.report.columns import SECTIONS, Column

CALLS, P50 = "latency.Counted.track_calls", "latency.Added.track_p50"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> known.Document:
    """Three releases: twice the calls in the second, half of that in the third."""
    monkeypatch.setattr(Result, "runtime", "mine")
    monkeypatch.setitem(SECTIONS, "In short", ("Of a run.", (Column("calls", CALLS),)))
    monkeypatch.setitem(SECTIONS, "Idle", ("Of a run.", (Column("p50", P50),)))
    (tmp_path / "project").mkdir()
    monkeypatch.setitem(check_project.BENCHMARKS[CALLS], "exact", True)
    made = check_project.make(tmp_path / "project")
    for number, factor in enumerate((1.0, 2.0, 1.0)):
        made.measure(number, times({CALLS: factor}), machine=machine.exact()["machine"])
    made.measure(1, lambda name, index, usual: float("nan") if name == CALLS else usual)
    notes = f"{CALLS}: n/a: it does not <run>\n"
    Path(f"{made.stem(1)}.notes.txt").write_text(notes)
    (path := tmp_path / "demo.json").write_text(stored.text(documents.document(made.config)))
    return known.read(path)


def page(root: Path, *of: known.Document, missing: tuple[str, ...] = ()) -> str:
    """With the pages of those whose target is `demo`."""
    write_front(root, Front(of, {"demo": "a b"}, missing))
    return (root / "index.html").read_text()


def named(document: known.Document, target: str, project: str) -> known.Document:
    found = [replace(each, target=target, project=project) for each in document.findings]
    return replace(document, target=target, project=project, findings=found)


def test_the_newest_finding_is_first_and_leads_to_its_row(tmp_path, document):
    text = page(tmp_path, named(document, "demo", "Demo"), named(document, "other", "Other"))
    found = re.findall(r"<li>.*?</li>", text.partition('class="lately"')[2], re.DOTALL)
    assert [("better" in each, "2025-03-03" in each) for each in found] == [
        *[(True, True)] * 2,
        *[(False, False)] * 2,
    ]
    link = "a%20b/overview.html#row=latency.Counted.track_calls%28%27mine%27%29"
    other, demo = found[:2]
    assert f'<a href="{link}">' in demo and "counts" in demo
    assert "<a " not in other


def test_the_first_screen_says_how_often_and_leads_to_each_framework(tmp_path, document):
    text = page(tmp_path, named(document, "demo", "Demo"), named(document, "other", "Other"))
    first = " ".join(text.partition('id="lately"')[0].split())
    assert "Of 4 releases and commits compared with the one before, <b>2 are worse</b>" in first
    assert "in some figure, 2 only better." in first
    ours, theirs = re.findall(r"<li>.*?</li>", first)
    assert '<a href="a%20b/overview.html">Demo</a> <small>v0.2</small>' in ours
    assert '<span class="word">better: </span>1<' in ours and "worse" not in ours
    assert "<a " not in theirs


def test_a_framework_of_many_releases_does_not_hide_the_others(tmp_path, document):
    many = named(document, "demo", "Demo")
    latest = max(many.findings, key=lambda each: each.at)
    many = replace(many, findings=[latest] * 30)
    text = page(tmp_path, many, named(document, "other", "Other"))
    lately = text.partition('class="lately"')[2].partition("</ul>")[0]
    assert lately.count("<b>Demo ") == front.OF_ONE and lately.count("<b>Other ") == 2
    assert "30 more" not in text and "28 more" in text


def test_the_floor_is_first_and_each_figure_has_its_grade_and_history(tmp_path, document):
    text = page(tmp_path, named(document, "demo", "Demo"))
    table = text.partition('id="t0"')[2].partition("</table>")[0]
    floor, mine = re.findall(r"<tbody>.*?</tbody>", table, re.DOTALL)
    assert "floor" in floor and '<td class="figure">10</td>' in floor
    assert 'data-value="100.0"' in mine and ">100</a>" in mine and ">exact</span>" in mine
    assert "1 better" in mine
    interval = text.partition('id="t9"')[2].partition("</table>")[0]
    assert "99 % interval" in interval and "of v0.1" in interval


def test_what_has_no_figure_says_why_one_click_away(tmp_path, document):
    timed = replace(document, groups=[each for each in document.groups if not each.exact])
    text = page(tmp_path, timed)
    (note,) = re.findall(r'popovertarget="([^"]+)" aria-label="n/a: why">n/a<', text)[:1]
    assert f'<div popover id="{note}">it does not &lt;run&gt;</div>' in text
    assert "it does not <run>" in (tmp_path / "index.md").read_text()


def test_names_stay_text(tmp_path, document):
    text = page(tmp_path, named(document, "demo", HOSTILE), missing=(HOSTILE,))
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(") >= 3


def test_the_markdown_page_says_the_same(tmp_path, document):
    page(tmp_path, named(document, "demo", "Demo"), missing=("other is not published",))
    text = (tmp_path / "index.md").read_text()
    assert "\n| Demo v0.2 | 100 |\n" in text and "**other is not published**" in text
    assert text.index("2025-03-03 **Demo v0.2** is better") < text.index("2025-03-02 **Demo")


def test_published_targets_stand_beside_committed_ones_and_the_newer_is_shown(
    tmp_path, document, monkeypatch
):
    committed = tmp_path / "known"
    committed.mkdir()
    monkeypatch.setattr(known, "FOLDER", committed)
    kept = json.loads((tmp_path / "demo.json").read_text()) | {"target": "demo"}
    root = tmp_path / "html"
    for folder, target, day in (("a", "demo", "2025-03-01"), ("b", "own", "2025-03-09")):
        (root / folder).mkdir(parents=True)
        content = kept | {"target": target, "project": f"Published {target}", "as_of": day}
        (root / folder / "verdicts.json").write_text(json.dumps(content))
    (root / "c").mkdir()
    (root / "c" / "verdicts.json").write_text("{")
    (committed / "demo.json").write_text(json.dumps(kept | {"project": "Committed"}))
    assert front.publish(root) == root / "index.html"
    text = (root / "index.html").read_text()
    assert "Committed" in text and "Published own" in text and "Published demo" not in text
    assert 'href="a/overview.html' in text  # its pages are there
    results = json.loads((root / "results.json").read_text())
    assert [each["project"] for each in results["targets"]] == ["Committed", "Published own"]
    assert (root / "feed.xml").exists() and "own/" not in (root / "llms.txt").read_text()
    (line,) = re.findall(r'<p class="bad">(.*)</p>', text)
    assert "verdicts.json" in line


def test_what_has_no_figure_yet_is_named_also_where_nothing_has_one(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "FOLDER", tmp_path / "none")
    (tmp_path / "a&b").mkdir()
    (tmp_path / "a&b" / "overview.html").touch()
    front.publish(tmp_path)
    text = (tmp_path / "index.html").read_text()
    assert "No release has a figure yet" in text and 'id="comparison"' not in text
    assert 'No figure yet: <a href="a%26b/overview.html">a&amp;b</a>' in text
    assert "[a&b](a%26b/overview.html)" in (tmp_path / "index.md").read_text()
    assert json.loads((tmp_path / "results.json").read_text())["targets"] == []


@pytest.mark.parametrize(("located", "said"), [(None, "Mostly"), ("another", "In other figures")])
def test_functions_of_another_figure_are_called_so(tmp_path, document, located, said):
    newest = document.findings[0]
    moved = replace(
        newest, functions=(Called("f (a.py)", 1, 9),), located=located or newest.rows[0].label
    )
    page(tmp_path, replace(named(document, "demo", "Demo"), findings=[moved]))
    for name in ("index.html", "index.md"):
        text = (tmp_path / name).read_text()
        assert (said in text, "Mostly" in text) == (True, said == "Mostly")
