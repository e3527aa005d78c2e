"""What studies put into docs/ and into `check`, from data kept there: `python -m studies.pages`."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.common import files
from harness.rendering.tables import markdown
from harness.tools.load import metrics
from studies import faults, validity
from studies.load import capacity, generators, omission
from studies.load.pictures import pictures
from studies.sensitivity import page as sensitivity
from studies.sensitivity.trials import read
from studies.tuning import page

DOCS = Path(__file__).parents[1] / "docs"


def generated(docs: Path = DOCS) -> dict[Path, str]:
    """Each generated file of a folder of docs, with what it should hold."""
    trials = read(docs / "sensitivity-data")
    known = docs.parent / "harness" / "check" / "false_alarms.json"
    beside = json.loads((docs / "load-data" / "generators.json").read_text("utf-8"))
    load = {"omission": omission.table(), "metrics": _metrics()}
    load["generators"] = generators.table(beside)
    return {
        docs / "load-testing.md": _filled(docs / "load-testing.md", load),
        docs / "capacity.md": _filled(
            docs / "capacity.md", {"trials": capacity.table(docs / "load-data" / "capacity.json")}
        ),
        docs / "reliability.md": _filled(docs / "reliability.md", _faults(docs)),
        docs / "performance-tuning.md": page.render(page.documents(docs)),
        docs / "verdicts.md": _filled(docs / "verdicts.md", _invalid(docs / "validity-data.json")),
        docs / "sensitivity.md": sensitivity.render(trials),
        known: json.dumps(sensitivity.of_check(trials)) + "\n",
        **{docs / "load" / name: svg for name, svg in pictures().items()},
    }


def _faults(docs: Path) -> dict[str, list[str]]:
    return {"faults": faults.table(faults.read(docs / "reliability-data" / "faults.jsonl"))}


def _invalid(kept: Path) -> dict[str, list[str]]:
    found = json.loads(kept.read_text("utf-8")) if kept.exists() else {"runs": []}
    return {"validity": validity.table(found)}


def _metrics() -> list[str]:
    # Percentiles of added latency mean what those of latency do: a row for each meaning.
    first = {each.meaning: each for each in reversed(metrics.SHOWN)}
    shown = [each for each in metrics.SHOWN if first[each.meaning] is each]
    rows = [[each.title, f"`figures.{each.path}`", each.meaning] for each in shown]
    return markdown(["metric", "in the JSON file", "what it is"], rows)[:-1]


def _filled(path: Path, parts: dict[str, list[str]]) -> str:
    """The text of a page, with lines between the marks of each part."""
    text = path.read_text("utf-8")
    for name, lines in parts.items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
        made = "\n".join([begin, *lines, end]).replace("\\", r"\\")
        text = re.sub(f"(?s){begin}.*{end}", made, text)
    return text


def main(argv: Sequence[str] | None = None) -> int:
    """Write every file that is not as it should be, in docs/ or in the folder that is given."""
    for path, text in generated(*map(Path, sys.argv[1:] if argv is None else argv)).items():
        if not path.exists() or path.read_text("utf-8") != text:
            files.write(path, text)
            print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
