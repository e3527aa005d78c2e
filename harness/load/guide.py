"""What is generated in docs/load-testing.md: `python -m harness.load.guide` renews it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import files, metrics, omission
from .pictures import pictures

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "load-testing.md"
DATA = DOCS / "load-data" / "omission.json"


def generated() -> dict[Path, str]:
    """Each generated file of the guide, with what it should hold."""
    text = PAGE.read_text("utf-8")
    text = _between(text, "omission", omission.table(json.loads(DATA.read_text("utf-8"))))
    text = _between(text, "metrics", _metrics())
    svgs = {DOCS / "load" / name: svg for name, svg in pictures().items()}
    return {PAGE: text, **svgs}


def _metrics() -> list[str]:
    lines = ["| metric | in the JSON file | what it is |", "|---|---|---|"]
    for metric in metrics.METRICS:
        lines.append(f"| {metric.title} | `figures.{metric.path}` | {metric.meaning} |")
    return lines


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
            with files.whole(path) as file:
                file.write(text)
            print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
