"""The page that compares any two releases: the verdicts of `check`, in a real browser."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import check_project
import pytest
import verdict_documents
from browser import Browser, served
from check_project import times
from verdict_documents import EVIL, PACKAGE

from harness.check import documents, known, stored
from harness.cli.main import main
from harness.site.compare import write_compare_page
from harness.site.compared import LOUD, lines, ranges

ROWS = """return [...document.querySelectorAll('#rows tbody tr')].map(row => [
    Number(row.dataset.row), row.dataset.verdict, row.innerText.replace(/\\s+/g, ' ').trim()])"""
PICTURES = "return [...document.querySelectorAll('#rows .span')].map(each => each.outerHTML)"
LOCK = 'version = 1\n\n[[package]]\nname = "{}"\nversion = "{}"\nsource = {{ registry = "r" }}\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, known.Document]:
    folder = tmp_path_factory.mktemp("site")
    of = verdict_documents.write(folder / "verdicts.json")
    write_compare_page(folder, of)
    return folder, of


@pytest.fixture
def page(site: tuple[Path, known.Document], chromium: Browser) -> Iterator[Browser]:
    """The browser; after the test nothing may have gone wrong, or been asked for."""
    chromium.requests(), chromium.errors()
    chromium.base = (site[0] / "compare.html").as_uri()
    yield chromium
    assert chromium.errors() == []
    assert {each for each in chromium.requests()[0] if not each.startswith("about:")} <= {
        chromium.base
    }


def show(page: Browser, address: str) -> list[list[object]]:
    """The rows of the page when it has followed its address."""
    page.run(f"location.hash = {json.dumps(address)}")
    page.wait(f"decodeURIComponent(location.hash) === {json.dumps('#' + address)}")
    page.run("dispatchEvent(new HashChangeEvent('hashchange'))")
    return page.run(ROWS)


def test_a_release_alone_is_compared_with_nothing(page, site, tmp_path):
    (group,) = site[1].groups
    alone = replace(group, releases=group.releases[:1], pairs=[])
    write_compare_page(tmp_path, replace(site[1], groups=[alone]))
    page.base = (tmp_path / "compare.html").as_uri()
    page.open(page.base, "#summary")
    assert page.run("return document.getElementById('summary').innerText").startswith("Only one")


def test_any_two_releases_have_the_rows_of_the_document(page, site):
    (group,) = site[1].groups
    page.open(page.base, "#rows")
    intervals = 0
    for base, head in itertools.permutations(range(len(group.releases)), 2):
        titles = [group.releases[each].title for each in (base, head)]
        found = show(page, "from={}&to={}&all=1".format(*titles))
        wanted = lines(group, base, head)
        assert [row[:2] for row in found] == [[each.index, each.judged.verdict] for each in wanted]
        for (*_, text), line in zip(found, wanted, strict=True):
            told = [line.name, line.row.benchmark, line.judged.reason, *line.sides, line.change]
            assert all(each in text for each in told), (text, told)
        assert page.run("return document.getElementById('ranges').textContent") == ranges(wanted)
        drawn = page.run(PICTURES)
        assert drawn == [str(each.picture) for each in wanted if each.picture]
        intervals += sum(",6H" in each for each in drawn)
        summary = page.run("return document.getElementById('summary').textContent")
        assert titles[0] in summary and titles[1] in summary
        loud = show(page, "from={}&to={}".format(*titles))
        assert loud == [row for row in found if row[1] in LOUD]
    assert intervals > 0


def test_verdicts_are_those_of_check(tmp_path, monkeypatch, capsys, chromium):
    monkeypatch.chdir(tmp_path)
    calls, p50 = "latency.Counted.track_calls", "latency.Added.track_p50"
    project = check_project.make(tmp_path, 3)
    for number, factors in enumerate(({}, {calls: 1.5}, {calls: 1.505, p50: 3.0})):
        project.measure(number, times(factors))
    (tmp_path / "demo.json").write_text(stored.text(documents.document(project.config)))
    write_compare_page(tmp_path, of := known.read(tmp_path / "demo.json"))
    chromium.open((tmp_path / "compare.html").as_uri(), "#rows")
    labels = [row.label for row in of.groups[0].rows]
    for base, head in ((1, 2), (0, 2)):
        main(["check", f"v0.{base}", f"v0.{head}", "--format", "json"])
        said = json.loads(capsys.readouterr().out)
        found = show(chromium, f"from=v0.{base}&to=v0.{head}&all=1")
        assert {labels[int(at)]: verdict for at, verdict, _ in found} == {
            row["label"]: row["verdict"] for row in said["rows"]
        }
        assert said["summary"] in chromium.run("return document.body.textContent")


def test_without_scripts_it_is_complete(page, site):
    with page.without_scripts():
        page.open(page.base, "#rows")
        found, drawn = page.run(ROWS), page.run(PICTURES)
        (note,) = page.run(
            "return [...document.querySelectorAll('noscript')].map(e => e.innerText)"
        )
        assert "Without scripts" in note
        assert page.run("return document.getElementById('choice').offsetHeight") == 0
        told = page.run("return document.querySelector('main').innerText")
    page.open(page.base, "#rows")
    assert len(found) > len(show(page, "grade="))
    assert show(page, "all=1") == found
    assert page.run(PICTURES) == drawn
    twin = (site[0] / "compare.md").read_text()
    assert twin.count("\n| ") == len(found) + 1  # and the head of its only table
    pair = site[1].groups[0].before(3)
    assert pair.summary in twin
    assert pair.summary in told and "httpx" not in told  # 0.1 in both
    assert "python -m harness check 1.2.0 1.3.0 --config targets/demo.json" in told


def test_selects_write_the_address_and_back_returns(page):
    page.open(page.base, "#rows")
    chosen = (
        "return [...document.querySelectorAll('#from, #to')]"
        ".map(select => select.selectedOptions[0].text.split(' ')[0])"
    )
    assert page.run(chosen) == ["1.2.0", "1.3.0"]
    page.run("var s = document.getElementById('from'); s.selectedIndex = 0; s.onchange()")
    page.wait("location.hash === '#from=1.0.0&to=1.3.0'")
    page.run("document.getElementById('swap').click()")
    page.wait("location.hash === '#from=1.3.0&to=1.0.0'")
    assert page.run(chosen) == ["1.3.0", "1.0.0"]
    page.driver.back()
    page.wait("location.hash === '#from=1.0.0&to=1.3.0'")
    assert page.run(chosen) == ["1.0.0", "1.3.0"]
    page.open(page.base + "#from=1.0.0&to=1.3.0", "#rows")  # as a link
    assert page.run(chosen) == ["1.0.0", "1.3.0"]
    page.run("document.querySelectorAll('#between a')[1].click()")  # which release it was
    page.wait("location.hash === '#from=1.1.0&to=1.2.0'")
    assert page.run(chosen) == ["1.1.0", "1.2.0"]


def test_links_lead_to_the_pairs_before_and_after(page):
    page.open(page.base + "#from=1.0.0&to=1.2.0&all=1", "#rows")
    told = """return ['previous', 'next'].map(id => document.getElementById(id))
        .map(each => each.hidden ? '' : each.innerText)"""
    assert page.run(told) == ["", "next: 1.2.0 to 1.3.0"]  # the first release has none before it
    page.driver.find_element("id", "next").send_keys("\ue007")  # Enter
    page.wait("location.hash === '#from=1.2.0&to=1.3.0&all=1'")
    assert page.run(told) == ["previous: 1.1.0 to 1.2.0", ""]
    page.run("document.getElementById('previous').click()")
    page.wait("location.hash === '#from=1.1.0&to=1.2.0&all=1'")
    assert page.run(told) == ["previous: 1.0.0 to 1.1.0", "next: 1.2.0 to 1.3.0"]
    show(page, "from=1.2.0&to=1.1.0")  # exchanged: they are still before and after
    assert page.run(told) == ["previous: 1.0.0 to 1.1.0", "next: 1.2.0 to 1.3.0"]
    page.driver.find_element("id", "previous").send_keys("\ue007")
    page.wait("location.hash === '#from=1.0.0&to=1.1.0'")
    page.run(f"var t = document.getElementById('paste'); t.value = '{PACKAGE}==1.1.0'; t.oninput()")
    page.wait("location.hash === '#from=1.1.0&to=1.3.0'")
    assert page.run(told) == ["previous: 1.0.0 to 1.1.0", ""]


def test_rows_sort_and_filter(page):
    page.open(page.base + "#from=1.0.0&to=1.2.0&all=1", "#rows")
    page.run("document.querySelectorAll('#rows thead button')[3].click()")
    page.wait("new URLSearchParams(location.hash.slice(1)).get('sort') === 'rows.3.ascending'")
    values = (
        "return [...document.querySelectorAll('#rows tbody tr')].map(r => r.cells[3].dataset.value)"
    )
    found = [float(each) for each in page.run(values)]
    assert found == sorted(found) and len(found) > 4
    rows = show(page, "from=1.0.0&to=1.2.0&all=1&grade=absolutes")
    assert {text.rsplit(" ", 1)[1] for *_, text in rows} == {"absolutes"}
    visible = (
        "return [...document.querySelectorAll('#rows tbody tr')].filter(r => !r.hidden).length"
    )
    show(page, "from=1.0.0&to=1.2.0&all=1&find=track_lines")
    assert page.run(visible) == 2
    page.run("document.getElementById('all').click()")
    page.wait("!location.hash.includes('all=1')")


@pytest.mark.parametrize(
    ("text", "told", "address"),
    [
        (f"anyio==4\n{PACKAGE.replace('-', '_')}==1.1.0\n", "1.1.0: below it is", "1.1.0"),
        (f"{PACKAGE}[openai] == 1.0.0 ; python_version > '3'", "1.0.0: below it is", "1.0.0"),
        (LOCK.format(PACKAGE, "1.2.0"), "1.2.0: below it is", "1.2.0"),
        (f"Package   Version\n{PACKAGE}   1.0.0", "1.0.0: below it is", "1.0.0"),
        (f"{PACKAGE}==1.3.0", "newest release that was measured", ""),
        (f"{PACKAGE}==1.1.5", "not measured; measured beside it: 1.1.0 and 1.2.0", ""),
        (f"{PACKAGE}==1.2.0rc1", "not measured; measured beside it: 1.1.0 and 1.2.0", ""),
        (f"{PACKAGE}-extra==1.1.0\nhttpx==0.1", f"no version of {PACKAGE}", ""),
    ],
)
def test_a_pasted_list_says_where_to_begin(page, text, told, address):
    page.open(page.base, "#rows")
    page.run("document.getElementById('upgrade').open = true")
    page.run(f"var t = document.getElementById('paste'); t.value = {json.dumps(text)}; t.oninput()")
    assert told in page.run("return document.getElementById('pasted').textContent")
    page.wait(f"location.hash === {json.dumps(f'#from={address}&to=1.3.0' if address else '')}")


def test_beside_a_version_that_was_not_measured_one_is_chosen(page):
    page.open(page.base + "#from=1.1.5&to=1.3.0", "#rows")
    remarks = page.run("return document.getElementById('remarks').textContent")
    assert "1.1.5 was not measured; measured beside it: 1.1.0 and 1.2.0" in remarks
    page.run(f"var t = document.getElementById('paste'); t.value = '{PACKAGE}==1.1.5'; t.oninput()")
    page.run("document.querySelector('#pasted button').click()")
    page.wait("location.hash === '#from=1.1.0&to=1.3.0'")


@pytest.mark.faults
def test_a_hostile_name_stays_text(tmp_path, chromium):
    write_compare_page(tmp_path, verdict_documents.write(tmp_path / "verdicts.json", evil=EVIL))
    for address in ("#all=1", f"#from=1.0.0&to=1.2.0&all=1&machine={EVIL}"):
        chromium.open((tmp_path / "compare.html").as_uri() + address, "#rows")
        assert chromium.run("return document.title") == f"Compare releases of Demo agents{EVIL}"
        assert EVIL in chromium.run("return document.getElementById('rows').textContent")
        assert chromium.run("return document.images.length") == 0
    assert chromium.errors() == []


def test_served_and_opened_as_a_file_it_looks_alike(page, site):
    looks = []
    with served(site[0]) as address:
        for base in (page.base, address + "compare.html"):
            page.open(f"{base}#from=1.0.0&to=1.3.0", "#rows")
            looks.append(page.appearance())
        asked, failed = page.requests()
    assert looks[0] == looks[1] and failed == []
    assert {each for each in asked if each.startswith(address)} == {address + "compare.html"}
