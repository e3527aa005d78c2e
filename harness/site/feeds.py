"""Writes what programs read of all targets: results.json (see `data`), feed.xml, badges, llms.txt.

feed.xml is Atom: an entry a finding. badges/TARGET.json is what shields.io shows as a badge (its
endpoint schema). llms.txt says what of the site is for programs, and what came out last.
"""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from harness.check.finding import Finding
from harness.check.findings import newest
from harness.check.judge import FINDINGS
from harness.check.known import Document
from harness.common import files, options
from harness.site import data

ATOM = "http://www.w3.org/2005/Atom"
ADDRESS = "HARNESS_SITE_URL"
"""Where the site will be, such as https://team.example/benchmarks/: feeds need whole links."""

NAME = "agent-benchmarks"
NEVER = "1970-01-01T00:00:00Z"
MOST = 100
"""Findings in the feed."""

PAGES = ("compare.html", "overview.html")
TEXTS = ("index.md", "overview.md", "compare.md", "releases.md", "verdicts.json")

Json = dict[str, Any]


def write(
    folder: Path, documents: Sequence[Document], folders: Mapping[str, str] | None = None
) -> None:
    """Write all of it at the root of the site, after its pages.

    folders: where the pages of a target are, by its name; by default a folder of that name.
    """
    found = newest(documents)
    places = {each.target: (folders or {}).get(each.target, each.target) for each in documents}
    files.write(folder / "results.json", data.text(documents))
    files.write(folder / "feed.xml", feed(found, folder, places))
    (folder / "badges").mkdir(exist_ok=True)
    for each in documents:
        files.write(folder / "badges" / f"{each.target}.json", options.as_json(badge(each)))
    files.write(folder / "llms.txt", "\n".join(_guide(folder, documents, places)))


def feed(found: Sequence[Finding], folder: Path, places: Mapping[str, str]) -> str:
    """The Atom feed of findings, newest first. places: the folder of each target."""
    root = ElementTree.Element("feed", xmlns=ATOM)
    address = os.environ.get(ADDRESS, "")
    _add(root, "id", _identity("findings"))
    _add(root, "title", "What changed in agent frameworks")
    _add(root, "updated", found[0].date if found else NEVER)
    _add(_add(root, "author"), "name", NAME)
    if address:
        _add(root, "link", rel="self", href=_whole(address, "feed.xml"))
    for each in found[:MOST]:
        entry = _add(root, "entry")
        _add(entry, "id", _identity(each.target, each.machine, each.environment, *each.commits))
        _add(entry, "title", each.title)
        _add(entry, "updated", each.date)
        href = _whole(address, _page(each, folder, places.get(each.target, each.target)))
        _add(entry, "link", rel="alternate", href=href)
        _add(entry, "summary", each.in_words)
        _add(entry, "content", "\n\n".join([each.in_words, *each.causes()]), type="text")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(parent: ElementTree.Element, tag: str, text: str = "", **settings: str) -> Any:
    child = ElementTree.SubElement(parent, tag, settings)
    child.text = "".join(c if c in "\n\t" or ord(c) >= 32 else " " for c in text) or None
    return child


def _identity(*of: str) -> str:
    """The same for the same finding, wherever and whenever the feed is made."""
    return uuid.uuid5(uuid.NAMESPACE_URL, " ".join([NAME, *of])).urn


def _page(found: Finding, folder: Path, place: str) -> str:
    """Where the site shows a finding: the two releases, else the target, else the front page."""
    page = next((each for each in PAGES if (folder / place / each).is_file()), None)
    if page is None:
        return "index.html"
    asked = {"from": found.base, "to": found.head, "machine": found.machine}
    return f"{quote(place)}/{page}#{urlencode({**asked, 'env': found.environment})}"


def _whole(address: str, relative: str) -> str:
    return f"{address.rstrip('/')}/{relative}" if address else relative


def badge(document: Document) -> Json:
    """The verdict on the newest release, as shields.io shows it."""
    group = document.groups[0]
    head = len(group.releases) - 1
    release, pair = group.releases[head], group.before(head)
    message, color = "? nothing to compare with", "lightgrey"
    if pair:
        said = [each.verdict for each in pair.judged.values()]
        worse, better = sum(each in FINDINGS for each in said), said.count("improvement")
        compared = [
            r.values[pair.base] is not None and r.values[head] is not None
            for r in group.rows
            if r.judged
        ]
        parts = [f"▲ {worse} worse"] * bool(worse) + [f"▼ {better} better"] * bool(better)
        than = f" than {group.releases[pair.base].title}"
        if worse:
            message, color = ", ".join(parts) + than, "red"
        elif said.count("no verdict") >= sum(compared):
            message = "? no verdict"
        else:
            message, color = (", ".join(parts) or "= no worse") + than, "brightgreen"
    label = f"{document.project} {release.title}"
    return {"schemaVersion": 1, "label": label, "message": message, "color": color}


def _guide(folder: Path, documents: Sequence[Document], places: Mapping[str, str]) -> Iterator[str]:
    """llms.txt: a title, what this is in a quotation, and lists of links."""
    yield from (f"# {NAME}", "")
    yield "> What AI-agent frameworks themselves cost, release by release, measured with a model"
    yield "> that answers a script. Lower is better; counts are exact, timings have an interval."
    yield from ("", "## All targets", "")
    pages = {
        "index.md": "front page: what changed lately, and the frameworks side by side",
        "results.json": "all figures over all releases, all verdicts, all findings",
        "feed.xml": "Atom feed of findings",
        "guides/README.md": "guides: how to read, judge and measure",
    }
    yield from (f"- [{k}]({k}): {v}" for k, v in pages.items() if (folder / k).is_file())
    for each in documents:
        target = data.about(each)
        yield from ("", f"## {each.project}, newest release {target['release']}", "")
        if target["summary"]:
            yield from (target["summary"] + ".", "")
        names = [f"{places[each.target]}/{name}" for name in TEXTS]
        names.append(f"badges/{each.target}.json")
        yield from (f"- [{k}]({quote(k)})" for k in names if (folder / k).is_file())
    yield ""
