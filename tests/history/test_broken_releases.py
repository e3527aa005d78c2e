"""Releases that cannot be resolved or imported cost themselves, and are tried again on request."""

from __future__ import annotations

import json
import re

import pytest
from faults import Faults
from local_index import LocalIndex
from tiny_project import Project

BENCHMARKS = "def track_cost():\n    import tinyodd\n\n    return tinyodd.COST\n"
RELEASES = [
    ("1.0", "COST = 1\n", ()),
    ("1.1", "COST = 2\n", ("tinydep==99",)),
    ("1.2", "raise ImportError('no sparks')\n", ()),
    ("1.3", "COST = 4\n", ()),
]


def found(project: Project) -> dict[str, object]:
    """What each release has: its value, or why it has none."""
    names, found = project.tags("tinyodd"), {}
    for path in (project.root / "odd" / "box").glob("*-*.json"):
        kept = json.loads(path.read_text())
        value = (kept["results"]["odd.track_cost"][0] or [None])[0]
        why = path.with_suffix(".notes.txt")
        found[names[kept["commit_hash"]]] = why.read_text() if value is None else value
    return found


@pytest.mark.slow
def test_a_broken_release_stops_no_other_and_is_tried_again_on_request(
    project: Project, tiny_index: LocalIndex, fault: Faults
) -> None:
    for day, (version, code, needs) in enumerate(RELEASES, start=1):
        tiny_index.add("tinyodd", version, f"2025-05-0{day}T00:00:00Z", code, needs)
    (folder := project.root / "oddities").mkdir()
    (folder / "__init__.py").touch()
    (folder / "odd.py").write_text(BENCHMARKS)
    config = project.configure(
        "odd.json", repo="pypi:tinyodd", results_dir="odd", benchmark_dir="oddities"
    )

    def tried(expect: int, **env: str) -> set[str]:
        command = ("run", "ALL", "--quick", "--skip-existing-successful", "--config", config)
        output = project.asv(*command, expect=expect, traceback=True, **env)
        return set(re.findall(r"(?:commit \w+ <|\w{8} <)(v[\d.]+)>", output))

    assert tried(expect=2) >= {"v1.1", "v1.2"}
    had = found(project)
    assert (had["v1.0"], had["v1.3"]) == (1, 4)
    assert re.fullmatch(r"odd\.track_cost: not installed: .*tinydep==99.*\n", str(had["v1.1"]))
    assert had["v1.2"] == "odd.track_cost: ImportError: no sparks\n"
    assert not tried(expect=0) & {"v1.1", "v1.2"}
    assert tried(expect=2, AGENT_BENCHMARKS_AGAIN="1") >= {"v1.1", "v1.2"}
    then = "its reason is kept, earlier numbers stay, the rest goes on; tried again on request"
    fault("a release that cannot be installed", ["v1.0", "v1.3"], found(project), then)
    fault("a release that cannot be imported", ["v1.0", "v1.3"], found(project), then)
    assert found(project) == had
