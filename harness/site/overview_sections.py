"""A target's page as its template has it: a section for each machine, a cell for each release."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote, urlencode

from harness.check.finding import Finding
from harness.check.known import Document, Group, Pair, Release
from harness.results.result import package_changes
from harness.site.overview_rows import CHANGED, Line, Step, any_value, lines

GRADES = {
    "counts": "calls, lines, requests, what is left behind: exact, so any difference is one of the"
    " code",
    "virtual": "time on a virtual clock: exact; it shows structure, such as steps that overlap no"
    " more",
    "ratios": "over the floor, the same on bare Python, in turn in one process: believe about 5 %",
    "absolutes": "seconds and bytes, what users feel: believe 10 % and more, outside the interval",
}
WORDS = {"worse": "worse", "better": "better", "lost": "without a value any more"}
KINDS = ("worse", "better", "unknown", "same", "lost")

Changes = list[tuple[Line, Step]]


@dataclass(frozen=True)
class Section:
    """What was measured on one machine in one environment. suffix: of its ids."""

    of: Document
    group: Group
    suffix: str = ""

    @property
    def releases(self) -> list[Release]:
        return self.group.releases

    @property
    def newest(self) -> Release:
        return self.releases[-1]

    @cached_property
    def pair(self) -> Pair | None:
        """The newest release against the one before it."""
        return self.group.before(len(self.releases) - 1)

    @property
    def where(self) -> str:
        """Machine and interpreter, in words."""
        group = self.group
        kept = [f"{group.fields[name]}" for name in ("cpu", "os") if group.fields.get(name)]
        what = "stands for all machines: exact figures only" if group.exact else ", ".join(kept)
        python = self.newest.platform or f"Python {group.python}"
        return f"{group.machine} ({what}), {python}"

    @cached_property
    def lines(self) -> list[Line]:
        """The rows that were ever measured, those that changed most first."""
        return lines(self.group, self.suffix)

    @property
    def never(self) -> list[tuple[str, list[str]]]:
        """Why rows never had a value, and which; the most frequent reason first."""
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for row in self.group.rows:
            if row.judged and not any_value(row):
                last = str(len(self.releases) - 1)
                reasons[row.missing.get(last, "not measured")].append(row.label)
        return sorted(reasons.items(), key=lambda item: -len(item[1]))

    @property
    def now(self) -> Changes:
        """What the newest release changed, the furthest beyond its threshold first."""
        return self.changes(self.pair) if self.pair else []

    @property
    def earlier(self) -> Changes:
        """What only earlier releases changed, each row with its largest change."""
        kept = [each for each in self.lines if each.steps and each.steps[0].pair is not self.pair]
        return [(each, each.largest) for each in kept]

    @property
    def rest(self) -> list[Line]:
        """What never changed."""
        return [each for each in self.lines if not each.steps]

    def changes(self, pair: Pair) -> Changes:
        """What a release changed, the furthest beyond its threshold first."""
        return self._changes[pair.head]

    @cached_property
    def _changes(self) -> defaultdict[int, Changes]:
        found: defaultdict[int, Changes] = defaultdict(list)
        for line in self.lines:
            for step in line.steps:
                found[step.pair.head].append((line, step))
        for each in found.values():
            each.sort(key=lambda both: -both[1].far)
        return found

    @property
    def verdict(self) -> str:
        """On the whole: of the worst row."""
        ways = {CHANGED[step.judged.verdict] for _, step in self.now}
        known = {"worse": "regression", "lost": "failed", "better": "improvement"}
        some = [known[way] for way in known if way in ways]
        silent, same = (sum(of[kind] for *_, of in self.grades) for kind in ("unknown", "same"))
        return some[0] if some else "no verdict" if silent and not same else "same"

    @cached_property
    def grades(self) -> list[tuple[str, str, dict[str, int]]]:
        """Grade, what it is, and its rows by what the newest release made of them."""
        rows = []
        for grade, text in GRADES.items():
            own = [each for each in self.lines if each.row.grade == grade]
            if own and self.pair:
                counted = Counter(_kind(each, self.pair) for each in own)
                rows.append((grade, text, {kind: counted[kind] for kind in KINDS}))
        return rows

    @property
    def cells(self) -> list["Cell"]:
        """Of the strip: a release each, oldest first."""
        found = [Cell(self, i) for i in range(len(self.releases))]
        longest = max(sum(each.counts[way] for way in ("worse", "lost")) for each in found)
        most = max(longest, *(each.counts["better"] for each in found), 1)
        return [replace(each, most=most) for each in found]

    def summary(self, pair: Pair) -> str:
        """What `check` says of a pair, on a page that is about this project."""
        return pair.summary.removeprefix(f"{self.of.project}: ")

    def anchor(self, release: int) -> str:
        return f"release={quote(self.releases[release].title)}{self.suffix}"

    def compare(self, pair: Pair) -> str:
        """The address of all rows of a pair."""
        base, head = (self.releases[i].title for i in (pair.base, pair.head))
        place = {"machine": self.group.machine, "env": self.group.environment}
        return f"compare.html#{urlencode({'from': base, 'to': head} | place)}"

    def packages(self, pair: Pair) -> list[str]:
        """What was installed otherwise; empty where that was not kept."""
        old, new = (self.releases[i].installed for i in (pair.base, pair.head))
        return package_changes(old, new) if old and new else []


def _kind(line: Line, pair: Pair) -> str:
    if line.said and (way := CHANGED.get(line.said.verdict)):
        return way
    if line.said and line.said.verdict == "no verdict":
        return "unknown"
    values = [line.row.values[side] for side in (pair.base, pair.head)]
    return "n/a" if None in values else "same"


@dataclass(frozen=True)
class Cell:
    """A release in the strip, and the panel that it opens. most: rows of the longest bar."""

    section: Section
    number: int
    most: int = 1

    @property
    def release(self) -> Release:
        return self.section.releases[self.number]

    @property
    def id(self) -> str:
        return self.section.anchor(self.number)

    @cached_property
    def pair(self) -> Pair | None:
        """It against the one before."""
        return self.section.group.before(self.number)

    @cached_property
    def changes(self) -> Changes:
        return self.section.changes(self.pair) if self.pair else []

    @property
    def title(self) -> str:
        """What the strip says of it, in words."""
        words = [self.release.title, self.release.date[:10]]
        words += [f"{self.counts[way]} {word}" for way, word in WORDS.items() if self.counts[way]]
        words += ["no row changed"] * bool(self.pair and not self.changes)
        return ", ".join(words + ["invalid run"] * bool(self.release.invalid))

    @cached_property
    def counts(self) -> Counter[str]:
        """Rows by what became of them."""
        return Counter(CHANGED[step.judged.verdict] for _, step in self.changes)

    def height(self, way: str) -> str:
        """Of a bar: by the root of what is up or down, or the longest one would hide others."""
        count = self.counts[way]
        beside = count if way == "better" else self.counts["worse"] + self.counts["lost"]
        return f"{4 * (beside / self.most) ** 0.5 * count / (beside or 1):.2g}rem"

    @property
    def finding(self) -> Finding | None:
        """What `findings` says of it, if it does."""
        base = self.section.releases[self.pair.base].commit if self.pair else ""
        wanted = base, self.release.commit
        return next((f for f in self.section.of.findings if tuple(f.commits) == wanted), None)


def sections(of: Document) -> list[Section]:
    """Those of a target; ids of all but the first name their machine and environment, too."""
    names = [f"&on={quote(f'{each.machine} {each.environment}')}" for each in of.groups]
    return [
        Section(of, each, name * bool(i))
        for i, (each, name) in enumerate(zip(of.groups, names, strict=True))
    ]
