"""A disk so small that it becomes full: a file system in memory, which one command alone sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

BLOCK = 4096
_SCRIPT = """
size=$1 disk=$2 saved=$3
shift 3
mount -t tmpfs -o size="${size}k" tmpfs "$disk" && cp -a "$saved"/. "$disk"/ || exit 99
"$@"
status=$?
rm -rf "$saved"
mkdir "$saved"
cp -a "$disk"/. "$saved"/
exit $status
"""


@cache
def _unshare() -> tuple[str, ...]:
    """How a command gets a view of its own of the file systems; skips the test where it cannot."""
    if sys.platform != "linux":
        pytest.skip("a small disk is made with unshare and tmpfs, which are Linux's")
    said = "no unshare"
    for way in (("unshare", "-m"), ("unshare", "-rm")):
        if shutil.which(way[0]):
            command = [*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if not done.returncode:
                return way
            said = done.stderr.strip()
    pytest.skip(f"no file system can be mounted here: {said}")


def run(
    folder: Path, spare: int, command: Sequence[str], cwd: Path, env: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """A command for which a folder is a disk with what is in the folder, and with `spare` bytes.

    Then the folder has what was on that disk.
    """
    way = _unshare()
    folder.mkdir(exist_ok=True)
    saved = folder.with_name(f"{folder.name}.saved")
    folder.rename(saved)
    folder.mkdir()
    sizes = [path.stat().st_size for path in saved.rglob("*") if path.is_file()]
    used = sum(-(-size // BLOCK) * BLOCK for size in sizes)
    kilobytes = str(max(BLOCK, used + spare) // 1024)
    done = subprocess.run(
        [*way, "sh", "-c", _SCRIPT, "sh", kilobytes, str(folder), str(saved), *command],
        cwd=cwd,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode != 99, done.stdout
    folder.rmdir()
    saved.rename(folder)
    return done


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
