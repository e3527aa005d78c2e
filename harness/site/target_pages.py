"""The pages of a target that are made of its document: verdicts.json and what shows it."""

from collections.abc import Callable
from pathlib import Path

from asv.console import log

from harness.check import documents, known, stored
from harness.common import files
from harness.rendering import pages
from harness.results.configuration import configuration
from harness.site.compare import COMPARE_PAGE, write_compare_page
from harness.site.overview import write_overview
from harness.site.published import OVERVIEW_PAGE, VERDICTS

NOTHING = Path(__file__).with_name("nothing.html")
WRITERS: tuple[Callable[[Path, known.Document], None], ...] = (
    write_overview,
    write_compare_page,
)
"""Each writes a page, and what belongs to it, into the folder of a target."""


def write_pages(site: Path, config: Path) -> None:
    """Judge the results of a configuration, and write the pages into its site.

    Of results of which nothing can be said, the pages say why; asv's stay as they are.
    """
    try:
        found = documents.document(config)
    except ValueError as error:
        log.warning(f"No verdicts: {error}")
        for name in (OVERVIEW_PAGE, COMPARE_PAGE):
            values = {"project": configuration(config).project, "reason": error, "here": name}
            files.write(site / name, pages.page(NOTHING, **values))
        return
    files.write(site / VERDICTS, stored.text(found))
    for write in WRITERS:
        write(site, found)
