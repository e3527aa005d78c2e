"""The asv plugin of the dashboard: `"plugins": [".harness.site.plugin"]`."""

from pathlib import Path
from typing import Any

from asv.commands.publish import Publish
from asv.plugins.github import GithubPages
from asv.plugins.regressions import Regressions
from asv.publishing import OutputPublisher

from harness.history.patches import replace
from harness.site import publish
from harness.site.offline import make_offline
from harness.site.release_page import write_releases_page


class OfflineSite(OutputPublisher):  # type: ignore[misc]  # asv has no types
    """Runs after asv's own pages: they, and the releases page, then work without a network."""

    name = "offline"
    button_label = "Releases"
    description = "What was measured, what was not, and why"
    order = 90

    @classmethod
    def publish(cls, conf: Any, repo: Any, benchmarks: Any, graphs: Any, revisions: Any) -> None:
        """Called by `asv publish`; raises UserError if asv's pages cannot be made offline."""
        site = Path(conf.html_dir)
        make_offline(site)
        write_releases_page(site, conf, repo, benchmarks, revisions)


# `asv publish` and `asv gh-pages` both call them.
replace(Publish, "iter_results", publish.usable_results)
replace(Publish, "run", publish.run_beside)
for command in (Publish, GithubPages):
    replace(command, "run_from_conf_args", publish.with_config)
# Its step detection at a flat 5 % contradicts `check`; overview.html has what `check` finds.
replace(Regressions, "publish", lambda *former_and_arguments: None)
