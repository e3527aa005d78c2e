"""The measured release that stands for the one that was asked for."""

from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from harness.check.known import Document, Group


@dataclass(frozen=True)
class Side:
    """A release that was asked for. stands: the measured one that is taken for it; below, above:
    its measured neighbours, where it was not measured itself."""

    asked: str
    stands: int
    below: str | None = None
    above: str | None = None

    @property
    def is_measured(self) -> bool:
        return self.below is self.above is None


def standing(of: Document, group: Group, asked: str) -> Side:
    """The release of that name, or its neighbours by version; ValueError, one line, without any."""
    for index, each in enumerate(group.releases):
        short = len(asked) >= 7 and each.commit.startswith(asked.lower())
        if short or each.title in (asked, f"v{asked}"):
            return Side(asked, index)
    titles = [each.title for each in group.releases]
    try:
        wanted, versions = Version(asked), list(map(Version, titles))
    except InvalidVersion:
        some = ", ".join(titles[-3:])
        raise ValueError(f"{of.target} has no release {asked}; measured are {some}") from None
    if wanted in versions:
        return Side(asked, versions.index(wanted))
    lower = [index for index, each in enumerate(versions) if each < wanted]
    higher = [index for index, each in enumerate(versions) if each > wanted]
    below = titles[lower[-1]] if lower else None
    above = titles[higher[0]] if higher else None
    return Side(asked, lower[-1] if lower else higher[0], below, above)
