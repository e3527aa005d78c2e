"""What is generated in the guides to load testing and the model server.

`python -m studies.load.guide` renews it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from harness.common import files
from harness.rendering.tables import markdown
from harness.tools.load import metrics
from studies.agent_server import compare
from studies.load import omission
from studies.load.pictures import pictures
from studies.model_server import accuracy

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "load-testing.md"
SERVER_PAGE = DOCS / "model-server.md"
DATA = DOCS / "load-data" / "omission.json"


def generated() -> dict[Path, str]:
    """Each generated file of the guide, with what it should hold."""
    text = PAGE.read_text("utf-8")
    text = _between(text, "omission", omission.table(json.loads(DATA.read_text("utf-8"))))
    text = _between(text, "metrics", _metrics())
    text = _between(text, "generators", _plain(compare.table(_data("generators"))))
    server = SERVER_PAGE.read_text("utf-8")
    server = _between(server, "accuracy", _accuracy(_data("model-server-accuracy")))
    server = _between(server, "rivals", _rivals(_data("model-servers")))
    svgs = {DOCS / "load" / name: svg for name, svg in pictures().items()}
    return {PAGE: text, SERVER_PAGE: server, **svgs}


def _data(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA.parent / f"{name}.json").read_text("utf-8"))
    return found


def _plain(text: str) -> list[str]:
    return ["```text", *text.splitlines(), "```"]


def _accuracy(found: dict[str, Any]) -> list[str]:
    client, journal = accuracy.table(found["client"]), accuracy.server_table(found["server"])
    return _plain(f"as the client sees it\n{client}\n\nby the server's journal\n{journal}")


def _rivals(found: dict[str, Any]) -> list[str]:
    tables = [f"{name}\n{accuracy.table(rows)}" for name, rows in found["servers"].items()]
    tables += [f"{name}: n/a ({reason})" for name, reason in found["missing"].items()]
    return _plain("\n\n".join(tables))


def _metrics() -> list[str]:
    rows = [[each.title, f"`figures.{each.path}`", each.meaning] for each in metrics.METRICS]
    return markdown(["metric", "in the JSON file", "what it is"], rows)[:-1]


def _between(text: str, name: str, lines: list[str]) -> str:
    """The text with the lines between the marks of that name."""
    begin, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}" + "\n".join(lines) + f"\n{end}{after}"


def main() -> int:
    """Write every file that is not as it should be."""
    for path, text in generated().items():
        if not path.exists() or path.read_text("utf-8") != text:
            files.write(path, text)
            print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
