"""What every runtime keeps to, on a real release, and what it cannot do, with the reason."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
from framework_env import PINNED, run
from places import ROOT

from harness.runtimes import SHIPPED

FLOOR = {"tracing": "no tracing of its own", "wrong tool *": "calls the tool itself"}


def marked(name: str) -> object:
    # GreenLang, the smallest, is the one real framework of `make test`.
    marks = [] if name in ("floor", "greenlang") else [pytest.mark.frameworks]
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", [marked(name) for name in SHIPPED])
def test_it_keeps_to_the_contract(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    release, section = "", {"na": FLOOR}
    python: Path | str = sys.executable
    if name != "floor":
        release, section = PINNED[name].section["release"], PINNED[name].section
        python = (
            request.getfixturevalue("greenlang_python")
            if name == "greenlang"
            else PINNED[name].install(tmp_path / "env")
        )
    told = run(python, str(ROOT / "tests" / "contract.py"), name, json.dumps(section)).stdout
    found = json.loads(told.splitlines()[-1])  # a framework may print, too
    assert found.pop("imported when loaded") == found.pop("connected elsewhere") == []
    assert found.pop("version") == release
    wrong = {check: got for check, got in found.items() if not _as_said(check, got, section["na"])}
    assert wrong == {}


def _as_said(check: str, got: str, na: dict[str, str]) -> bool:
    """Whether it is well or, where a pattern fits, not available for the reason there."""
    reasons = [reason for pattern, reason in na.items() if fnmatch(check, pattern)]
    if not reasons:
        return got == "ok"
    return got.startswith("n/a: ") and any(reason in got for reason in reasons)


def test_every_shipped_runtime_has_a_target() -> None:
    assert {"floor", *PINNED} == set(SHIPPED)
