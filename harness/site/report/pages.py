"""The verb `pages`: renew everything in a checkout that is made of results of all targets."""

import argparse
import contextlib
from collections.abc import Mapping
from pathlib import Path

from harness.check import documents, findings, stored
from harness.check.known import Document
from harness.common import files
from harness.results.configuration import configurations
from harness.results.files import BadInput, NoResults
from harness.site.report import comparison, frameworks, page

KNOWN = Path("harness", "known")
DOCS = Path("docs")
RESULTS = Path("asv.conf.json"), DOCS / "benchmark-results.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_pages)


def _pages(arguments: argparse.Namespace) -> None:
    configs = configurations()
    for folder in (DOCS, KNOWN):
        if not folder.is_dir():
            raise BadInput(f"no folder {folder} here: work from a checkout")
    found = generated(configs)
    for path, text in found.items():
        if not path.is_file() or path.read_text("utf-8") != text:
            files.write(path, text)
            print(f"written: {path}")
    for path in sorted({*KNOWN.glob("*.json")} - found.keys()):
        path.unlink()
        print(f"removed: {path}, which has no results")


def generated(configs: Mapping[str, Path]) -> dict[Path, str]:
    """Each file with what it should hold; BadInput where there are no results at all."""
    made: dict[str, Document] = {}
    for name, config in configs.items():
        with contextlib.suppress(NoResults):
            made[name] = documents.document(config)
    every = list(made.values())
    if not every:
        raise NoResults("no results of any target: begin with make survey")
    config, results = RESULTS
    return {
        **{KNOWN / f"{name}.json": stored.text(each) for name, each in made.items()},
        DOCS / "findings.md": findings.page(findings.newest(every)),
        DOCS / "frameworks.md": frameworks.page(comparison.sections(every)),
        **({results: page.page(config)} if config.is_file() else {}),
    }
