"""What is known of all targets: what an installation carries, and what was published here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.check import known
from harness.check.known import Document

VERDICTS, OVERVIEW_PAGE = "verdicts.json", "overview.html"


@dataclass(frozen=True)
class Published:
    """folders: where the pages of a target are, by its name; broken: what cannot be read; silent:
    folders of targets that have pages and no figure yet."""

    documents: Sequence[Document]
    folders: Mapping[str, str]
    broken: Sequence[str]
    silent: Sequence[str] = ()


def published(root: Path) -> Published:
    """The committed documents and those of the sites below a folder; of a target that is both, the
    newer. Raises ValueError for a broken committed one."""
    documents = {each.target: each for each in known.committed(known.FOLDER)}
    folders, broken = {}, []
    for path in sorted(root.glob(f"*/{VERDICTS}")):
        try:
            own = known.read(path)
        except ValueError as error:
            broken.append(str(error))
            continue
        folders[own.target] = path.parent.name
        if own.target not in documents or own.as_of >= documents[own.target].as_of:
            documents[own.target] = own
    pages = {path.parent.name for path in root.glob(f"*/{OVERVIEW_PAGE}")}
    judged = {path.parent.name for path in root.glob(f"*/{VERDICTS}")}
    return Published(list(documents.values()), folders, broken, sorted(pages - judged))
