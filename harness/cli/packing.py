"""Two results as one document to hand over, and laid out again where `check` reads them."""

import gzip
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.handed_over import DESCRIBED, KEPT, TEXTS, HandedOver, Side
from harness.common import files
from harness.history import commits
from harness.results.result import Result
from harness.results.target import Target

FUNCTIONS = ".functions.gz"
"""What else lies beside results: gzipped JSON (`counters.functions`)."""


def pack(target: Target, base: Result, head: Result) -> str:
    """The document on two results of a target."""
    names = set(base.asv.get_all_result_keys()) | set(head.asv.get_all_result_keys())
    described = {
        name: {key: value for key, value in about.items() if key in DESCRIBED}
        for name, about in target.benchmarks.items()
        if name in names
    }
    machine = json.loads((target.folder / head.machine / "machine.json").read_text("utf-8"))
    found = HandedOver(1, machine, described, _side(base), _side(head))
    return json.dumps(asdict(found), separators=(",", ":")) + "\n"


def _side(result: Result) -> Side:
    kept = json.loads(Path(f"{result.stem}.json").read_text("utf-8"))
    paths = {name: Path(f"{result.stem}.{name}.txt") for name in TEXTS}
    texts = {name: path.read_text("utf-8") for name, path in paths.items() if path.exists()}
    beside = Path(f"{result.stem}{FUNCTIONS}")
    table = json.loads(gzip.decompress(beside.read_bytes())) if beside.exists() else {}
    return Side(result.commit, {k: v for k, v in kept.items() if k in KEPT}, texts, table)


def lay_out(found: HandedOver, project: str, folder: Path) -> Path:
    """Write results and an asv configuration into an empty folder; returns the latter's path.

    Their history is the two commits, whatever the repository is.
    """
    pair = found.base.commit, found.head.commit
    repo = f"{commits.PREFIX}handed-over?paths=measured&at={','.join(pair)}"
    config = {"version": 1, "project": project, "repo": repo, "results_dir": "results"}
    config |= {"plugins": [".harness.history.plugin"], "branches": ["main"]}
    results = folder / "results"
    place = results / str(found.machine["machine"])
    place.mkdir(parents=True)
    new = commits.Commit(pair[1], pair[0], datetime(2000, 1, 2, tzinfo=UTC), "")
    old = commits.Commit(pair[0], "", datetime(2000, 1, 1, tzinfo=UTC), "")
    commits.keep(results / commits.BESIDE, commits.parse(repo), [new, old])
    files.write(results / "benchmarks.json", json.dumps(found.benchmarks))
    files.write(place / "machine.json", json.dumps(found.machine))
    for name, side in (("base", found.base), ("head", found.head)):
        files.write(place / f"{name}.json", json.dumps(side.result))
        for kind, text in side.texts.items():
            files.write(place / f"{name}.{kind}.txt", text)
        if side.functions:
            packed = gzip.compress(json.dumps(side.functions).encode())
            files.write(place / f"{name}{FUNCTIONS}", packed)
    files.write(path := folder / "asv.conf.json", json.dumps(config))
    return path
