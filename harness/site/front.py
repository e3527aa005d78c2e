"""The front page, over all targets: what changed lately, and the frameworks side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlencode

from harness.check.finding import Finding
from harness.check.findings import newest
from harness.check.known import Document, Group, Pair
from harness.common import files
from harness.rendering import pages
from harness.site import feeds, guides
from harness.site.published import published
from harness.site.report import comparison
from harness.site.report.cells import NOT_MEASURED, Framework

HERE = Path(__file__).parent
PAGE = "index.html"
SCRIPTS = (*pages.TABLES, HERE / "front.js")
LATELY, OF_ONE = 10, 2
"""Findings on the page, in all and of one target; others, and small ones, are on its own page."""


@dataclass(frozen=True)
class Front:
    """What the page shows. folders: where the pages of a target are, by name; missing: what is
    not there, a line each; silent: folders of targets without a figure."""

    documents: Sequence[Document]
    folders: Mapping[str, str]
    missing: Sequence[str] = ()
    silent: Sequence[str] = ()

    @cached_property
    def sections(self) -> list[comparison.Section]:
        return comparison.sections(self.documents)

    @property
    def frameworks(self) -> Sequence[Framework]:
        return self.sections[0].frameworks

    @property
    def findings(self) -> list[Finding]:
        return newest(self.documents)

    @property
    def lately(self) -> list[Finding]:
        found: list[Finding] = []
        for each in self.findings:
            of_one = sum(other.target == each.target for other in found)
            if not each.is_small and of_one < OF_ONE:
                found.append(each)
        return found[:LATELY]

    @property
    def judged(self) -> tuple[int, int, int]:
        """Releases and commits that were compared with the one before, of them those in which a
        figure is worse, and those in which figures are only better."""
        releases = [r for of in self.documents for r in of.groups[0].releases]
        known = [(r.findings, r.improvements) for r in releases if r.findings is not None]
        worse = sum(bool(findings) for findings, _ in known)
        return len(known), worse, sum(bool(better) and not findings for findings, better in known)

    @property
    def releases(self) -> int:
        """Releases and commits that were measured."""
        return sum(len({r.commit for g in of.groups for r in g.releases}) for of in self.documents)

    @property
    def dates(self) -> tuple[str, str]:
        """Of the first and of the last of them."""
        dates = [r.date[:10] for of in self.documents for g in of.groups for r in g.releases]
        return min(dates), max(dates)

    @property
    def machines(self) -> Iterator[str]:
        """Those that gave figures, a line each."""
        groups = {(g.exact, g.machine, g.python): g for of in self.documents for g in of.groups}
        for _, group in sorted(groups.items(), key=lambda each: (not each[1].exact, each[0])):
            yield _machine(group)

    def url(self, target: str, row: str = "", page: str = "overview.html") -> str:
        """Of a page of a target, and of a row's history in it; "" where it is not published."""
        if (folder := self.folders.get(target)) is None:
            return ""
        return f"{quote(folder)}/{page}" + f"#{urlencode({'row': row})}" * bool(row)

    def newest(self, of: Framework) -> Pair | None:
        """What `check` says of its newest release, of the group that is shown first."""
        first = of.known.groups[0]
        return first.before(len(first.releases) - 1)


def publish(root: Path, missing: Sequence[str] = ()) -> Path:
    """Write the page of all targets known, and what programs read.

    root: the folder of the sites; missing: a line each on what is not there. Raises ValueError for
    a broken committed document.
    """
    found = published(root)
    missing = [*missing, *found.broken]
    write_front(root, Front(found.documents, found.folders, missing, found.silent))
    guides.write(root)
    feeds.write(root, found.documents, found.folders)
    return root / PAGE


def _machine(of: Group) -> str:
    kind = f"CPython {of.python} on {of.fields.get('os', '')} {of.fields.get('arch', '')}"
    if of.exact:
        return f"Exact figures (counts, virtual time): {kind}, the same on any such machine."
    fields = [of.fields.get("cpu", ""), f"{of.fields.get('num_cpu', '?')} cores"]
    fields += [of.fields.get("ram", ""), kind]
    return f"Timed figures, too: {of.machine} ({', '.join(filter(None, fields))})."


def write_front(root: Path, front: Front) -> None:
    """Write the page into the folder of all targets, and its Markdown twin."""
    values = {"front": front, "shown": comparison.shown, "name": comparison.name}
    values |= {"not_measured": NOT_MEASURED}
    text = pages.page(HERE / "front.html", scripts=SCRIPTS, notes=Notes(), **values)
    files.write(root / PAGE, text)
    values |= {"sections": front.sections, "frameworks": front.frameworks}
    files.write(root / "index.md", pages.markdown_page(HERE / "front.md", **values))


class Notes:
    """Texts that a click opens: each stands once on the page, whatever opens it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def id(self, text: str) -> str:
        """That of the text on the page."""
        return self.texts.setdefault(text, f"note-{len(self.texts)}")
