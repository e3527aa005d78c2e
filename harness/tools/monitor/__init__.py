"""`python -m harness monitor`: what a command uses while it runs."""

from pathlib import Path

from harness.common.files import write
from harness.instruments.resources import monitor


class Monitor(monitor.Monitor):
    """A monitor that draws a page, too."""

    def to_html(self, path: str | Path) -> None:
        """Write one page with plots that opens without a network."""
        from harness.tools.monitor.page import as_html  # a measured process has no Jinja2

        write(path, as_html(self.summary, self.samples))
