"""What programs read of a site: the schema, the feed, badges, and the examples of the guide."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from places import ROOT

from harness.check import known
from harness.site import feeds

ATOM = {"": feeds.ATOM}
DOCUMENTS = known.committed()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a site in which one target has pages; nobody changes it."""
    folder = tmp_path_factory.mktemp("feeds") / "html"
    (folder / "agno").mkdir(parents=True)
    (folder / "agno" / "compare.html").touch()
    (folder / "agno" / "verdicts.json").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(feeds.ADDRESS, raising=False)
        feeds.write(folder, DOCUMENTS)
    return folder


@pytest.fixture
def site(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, beside the working folder."""
    monkeypatch.chdir(written.parent)
    return written


def entries(site: Path) -> list[ElementTree.Element]:
    return ElementTree.parse(site / "feed.xml").getroot().findall("entry", ATOM)


def text_of(element: ElementTree.Element, tag: str) -> str:
    found = element.find(tag, ATOM)
    assert found is not None
    return found.text or found.get("href", "")


def some(rows):
    """One of each form, and every seventh: to validate all takes as long as to make them."""
    forms = {str([(name, type(value)) for name, value in row.items()]): row for row in rows}
    return [*forms.values(), *rows[::7]]


def test_the_results_keep_to_their_schema_and_hold_all(site):
    schema = json.loads((ROOT / "docs" / "results-schema.json").read_text())
    found = json.loads((site / "results.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    few = {key: some(each) if isinstance(each, list) else each for key, each in found.items()}
    jsonschema.Draft202012Validator(schema).validate(few)
    groups = [group for each in DOCUMENTS for group in each.groups]
    assert len(found["figures"]) == sum(len(each.rows) for each in groups)
    verdicts = sum(len(pair.verdicts) for each in groups for pair in each.pairs)
    assert sum(len(each["verdicts"]) for each in found["pairs"]) == verdicts > 0
    broken = {**few, "figures": [{**few["figures"][0], "value": "fast"}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(broken)


def test_the_feed_is_atom_with_an_entry_a_finding(site):
    root = ElementTree.parse(site / "feed.xml").getroot()
    assert root.tag == f"{{{feeds.ATOM}}}feed" and text_of(root.find("author", ATOM), "name")
    found = entries(site)
    findings = sum(len(each.findings) for each in DOCUMENTS)
    assert len(found) == min(findings, feeds.MOST)
    for each in (root, *found):
        assert text_of(each, "title") and text_of(each, "id").startswith("urn:uuid:")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text_of(each, "updated"))
    assert len({text_of(each, "id") for each in found}) == len(found)
    updated = [text_of(each, "updated") for each in found]
    assert updated == sorted(updated, reverse=True) and text_of(root, "updated") == updated[0]


def test_an_entry_keeps_its_identity_and_its_link_is_whole_where_an_address_is_known(
    site, monkeypatch, tmp_path
):
    before = {text_of(each, "id"): text_of(each, "link") for each in entries(site)}
    assert any(link.startswith("agno/compare.html#from=") for link in before.values())
    assert "index.html" in before.values()
    monkeypatch.setenv(feeds.ADDRESS, "https://team.example/benchmarks/")
    shutil.copytree(site, tmp_path / "html")
    feeds.write(tmp_path / "html", DOCUMENTS[::-1])
    found = entries(tmp_path / "html")
    after = {text_of(each, "id"): text_of(each, "link") for each in found}
    assert after == {of: f"https://team.example/benchmarks/{link}" for of, link in before.items()}


def test_a_badge_says_the_verdict_on_the_newest_release(site):
    for each in DOCUMENTS:
        badge = json.loads((site / "badges" / f"{each.target}.json").read_text())
        newest = each.groups[0].releases[-1]
        assert badge["schemaVersion"] == 1
        assert badge["label"] == f"{each.project} {newest.title}"
        assert (badge["color"] == "red") == bool(newest.findings)
        if newest.findings:
            assert badge["message"].startswith(f"▲ {newest.findings} worse")


def test_llms_txt_links_only_what_is_there(site):
    text = (site / "llms.txt").read_text()
    links = re.findall(r"\]\((.+?)\)", text)
    assert text.startswith("# agent-benchmarks\n\n> ")
    assert {"results.json", "feed.xml", "agno/verdicts.json", "badges/agno.json"} <= set(links)
    assert all((site / link).exists() for link in links)
    assert all(each.project in text for each in DOCUMENTS)


def test_the_examples_of_the_guide_run(site):
    guide = (ROOT / "docs" / "for-programs.md").read_text()
    names: dict[str, object] = {}
    for example in re.findall(r"```python\n(.+?)```", guide, re.DOTALL):
        exec(example, names)
    frame, verdicts = names["frame"], names["verdicts"]
    releases = {each.target: len(each.groups[0].releases) for each in DOCUMENTS}
    for target, many in releases.items():
        assert len(set(frame[frame.target == target].release)) >= many
        assert target in names["newest"]
    assert {"regression", "improvement"} <= set(verdicts.verdict)
