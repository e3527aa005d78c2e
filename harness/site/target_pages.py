"""The pages of a target that are made of its document: verdicts.json and what shows it."""

from collections.abc import Callable
from pathlib import Path

from asv.console import log

from harness.check import documents, known
from harness.site.compare import write_compare_page
from harness.site.overview import write_overview
from harness.site.published import VERDICTS

WRITERS: tuple[Callable[[Path, known.Document], None], ...] = (
    write_overview,
    write_compare_page,
)
"""Each writes a page, and what belongs to it, into the folder of a target."""


def write_pages(site: Path, config: Path) -> None:
    """Judge the results of a configuration, and write the pages into its site.

    Results of which nothing can be said leave asv's pages as they are, and a warning.
    """
    try:
        content = documents.document(config)
    except ValueError as error:
        log.warning(f"No verdicts: {error}")
        return
    documents.write(site / VERDICTS, content)
    found = known.of(content)
    for write in WRITERS:
        write(site, found)
