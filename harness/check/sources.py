"""Which documents answer: those that the installation carries, or those of results that lie here.

The rule: a target of the working folder (asv.conf.json, targets/*.json) is answered from its own
results if they hold a release with numbers that its document in `harness/known/` has not, or where
that is asked for (`--own`). All others are answered from `harness/known/`, without asv.
"""

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.check import known
from harness.check.known import Document
from harness.common import options


def add_own(parser: argparse.ArgumentParser) -> None:
    """`--own`: not what the installation carries."""
    parser.add_argument(
        "--own", action="store_true", help="from the results here, even if nothing in them is new"
    )


def add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", action="append", default=[], metavar="T", help="only this one; may be repeated"
    )
    add_own(parser)


def documents(targets: Sequence[str] = (), own: bool = False) -> list[Document]:
    """Those of all targets, or of these, in the order of their names.

    Raises ValueError, one line: an unknown target, a broken file, `own` where nothing was measured.
    """
    found = {each.target: each for each in known.committed(known.FOLDER)}
    if Path("asv.conf.json").exists() or any(Path("targets").glob("*.json")):
        found |= _here(found, own)
    elif own:
        raise ValueError(
            "--own needs results: there is no asv.conf.json and no targets/*.json here"
        )
    for name in targets:
        if name not in found:
            raise ValueError(f"no target {name}; there are: {options.near(name, sorted(found))}")
    if not found:
        raise ValueError("no results of any target: begin with make survey")
    return [found[name] for name in sorted(found) if not targets or name in targets]


def as_of(found: Sequence[Document]) -> str:
    """What readers need to know of what is kept."""
    newest = max(each.as_of for each in found)
    return f"as of {newest}, when the newest release measured was uploaded"


def _here(kept: dict[str, Document], own: bool) -> dict[str, Document]:
    """The documents of results in the working folder that count instead of the kept ones."""
    from harness.check import documents
    from harness.results.configuration import configurations
    from harness.results.files import BadInput
    from harness.results.target import opened

    try:
        configs = configurations()
    except BadInput as error:  # somebody's own, for other benchmarks
        if own or not kept:
            raise
        options.progress(f"{error}: only what was known before is shown")
        return {}
    found = {}
    for name, config in configs.items():
        with opened(config) as target, contextlib.suppress(BadInput):
            if not own and name in kept:
                if not any(map(target.has_numbers, _news(target.folder, kept[name]))):
                    continue
                options.progress(f"{name}: from the results here, which are newer")
            found[name] = documents.of_target(target)
    return found


def _news(folder: Path, document: Document) -> list[Path]:
    """Results files of releases that a document has not."""
    commits = {
        (group.machine, group.environment): [each.commit for each in group.releases]
        for group in document.groups
    }
    found = []
    for path in sorted(folder.glob("*/*-*.json")):
        short, _, environment = path.stem.partition("-")
        known_ones = commits.get((path.parent.name, environment), ())
        if not any(each.startswith(short) for each in known_ones):
            found.append(path)
    return found
