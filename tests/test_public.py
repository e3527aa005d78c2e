"""The public face: every name is there, and none is imported before it is used."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from places import ROOT

import harness


def python(program, *path):
    """What a program prints that has these folders and the standard library."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *path)))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", harness.PUBLIC)
def test_every_public_name_is_there(name):
    module, _, attribute = harness.PUBLIC[name].partition(":")
    found = getattr(harness, name).__name__.rpartition(".")[2]
    assert found == (attribute or module.rpartition(".")[2])
    assert name in dir(harness)


def test_no_other_name_is_there():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = harness.nothing


def test_importing_it_imports_nothing():
    assert python(
        "import sys; n = len(sys.modules); import harness; print(len(sys.modules) - n)"
    ) == ("1\n")


def test_a_measured_process_has_the_instruments(tmp_path):
    (tmp_path / "psutil").symlink_to(Path(psutil.__file__).parent)
    names = "find_leak, Heartbeat, BlockingCalls, Monitor, monitored, profile, memory_profile"
    assert (
        python(f"from harness import {names}; print(find_leak.__name__)", tmp_path) == "find_leak\n"
    )
