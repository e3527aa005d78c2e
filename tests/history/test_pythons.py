"""Which interpreter a version in `pythons` means."""

import sys
from pathlib import Path

import pytest
from asv.environment import EnvironmentUnavailable

from harness.history import pythons


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_it_is_the_one_that_asv_finds_if_that_runs(tmp_path: Path) -> None:
    shim = script(tmp_path / "python3", f'exec {sys.executable} "$@"')
    assert pythons.find(lambda version: shim, "3") == sys.executable


def test_a_shim_with_nothing_behind_it_is_none(tmp_path: Path) -> None:
    shim = script(tmp_path / "python3.99", "echo no such version >&2; exit 127")
    with pytest.raises(EnvironmentUnavailable, match="no python3"):
        pythons.find(lambda version: shim, "3.99")


def test_one_that_is_too_old_is_left_out(tmp_path: Path) -> None:
    old = script(tmp_path / "python3.9", "echo False")
    with pytest.raises(EnvironmentUnavailable, match="older than"):
        pythons.find(lambda version: old, "3.9")
