"""asv configurations: which there are, and what one says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asv.config import Config
from asv.plugin_manager import plugin_manager

from harness.common import files, kinds, options
from harness.results.files import BROKEN, BadInput

CONFIGURED: dict[str, Any] = {
    **dict.fromkeys(("project", "repo", "results_dir", "html_dir", "benchmark_dir"), str),
    "hash_length": int,
    "plugins": list[str],
    "branches": list[str | None],
}
"""What of asv's configuration is used here."""


def configurations(names: Sequence[str] = ()) -> dict[str, Path]:
    """The configurations in the working folder, by name: that of the results folder.

    names: only these, in the order of all. Raises BadInput where one is unknown, or there is none.
    """
    paths = [Path("asv.conf.json").resolve(), *sorted(Path("targets").resolve().glob("*.json"))]
    known = {Path(configuration(path).results_dir).name: path for path in paths if path.exists()}
    if not known:
        raise BadInput("no asv.conf.json and no targets/*.json here: work from a checkout")
    for name in names:
        if name not in known:
            raise BadInput(f"no target {name}; there are: {options.near(name, known)}")
    return {name: path for name, path in known.items() if not names or name in names}


def configuration(path: Path) -> Any:
    """asv's configuration with its plugins loaded; BadInput, one line, if it is unusable."""
    if not path.is_file():
        raise BadInput(f"no asv configuration {path}")
    try:
        conf = Config.load(str(path))
        for name, kind in CONFIGURED.items():
            kinds.of(kind, getattr(conf, name), name)
        for plugin in conf.plugins:
            plugin_manager.import_plugin(plugin)
    except BROKEN as error:
        reason = files.reason(error).replace(str(path), "it")
        raise BadInput(f"{path} is no asv configuration: {reason}") from None
    return conf
