"""What is measured of a commit before it is saved, kept also when the run is killed.

asv calls the `setup_cache` of a benchmark file, and minutes may pass before the first of its
benchmarks has a number. Until then what is known is in the folder that `asked` names: one for
this commit, environment, machine and results folder, and for the code and settings that measure,
so that the same command finds it again. It is in the cache, since asv reads every .json below the
results folder, and gone when the commit is measured.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.common import asked, files
from harness.history import releases
from harness.history.safety import FREEZE
from harness.instruments.counters.functions import SPOOL

OLDEST = 86400.0  # seconds; what is older was measured on another day
ROUNDS = "rounds.jsonl"  # of benchmarks with more to come
OF = "results.txt"  # in each folder: the results file that it is for


def of_files() -> set[str]:
    """The results files of commits that an interrupted run has begun, if that was lately."""
    found = set()
    for of in _root().glob(f"*/{OF}"):
        with contextlib.suppress(OSError):
            if time.time() - of.stat().st_mtime > OLDEST:
                shutil.rmtree(of.parent, ignore_errors=True)
            else:
                found.add(of.read_text("utf-8"))
    return found


@contextlib.contextmanager
def folder(benchmarks: Any, env: Any, results: Any, *, goes_on: bool) -> Iterator[bool]:
    """While asv runs these benchmarks: a folder for what they have not saved yet.

    goes_on: with what an interrupted run of the same benchmarks has left in it, where it is not
    too old. Says whether there was something. The folder stays if the block raises.
    """
    of_files()
    path = os.path.join(os.path.abspath(benchmarks._conf.results_dir), results._filename)
    place = _root() / _key(path, benchmarks, Path(env._path), results.codes)
    if not (goes_on := goes_on and (place / OF).exists()):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        files.write(place / OF, path)
    for name in (asked.CELLS, ROUNDS, SPOOL):
        asked.forget_failures(place / name)
    os.environ[asked.FOLDER] = str(place)
    try:
        yield goes_on
    finally:
        del os.environ[asked.FOLDER]
    shutil.rmtree(place, ignore_errors=True)


def keep_round(key: str, result: Sequence[Any]) -> None:
    """Keep what asv knows of one round of a benchmark."""
    if place := asked.folder():
        with open(place / ROUNDS, "a", encoding="utf-8") as file:
            file.write(json.dumps([key, {"result": result}]) + "\n")


def rounds() -> dict[str, list[Any]]:
    """What was kept, by key in order."""
    found: dict[str, list[Any]] = {}
    if place := asked.folder():
        for key, kept in asked.journal(place / ROUNDS):
            if isinstance(result := kept.get("result"), list):
                found.setdefault(key, []).append(result)
    return found


def _root() -> Path:
    return releases.cache_dir() / "unfinished"


def _key(path: str, benchmarks: Any, environment: Path, codes: Mapping[str, str]) -> str:
    """A name for these results, of the benchmarks in these versions (the protocol is in them),
    by this code, under these settings, with what is installed."""
    all_of_them = benchmarks._all_benchmarks.values()
    versions = sorted((each["name"], each["version"]) for each in all_of_them)
    settings = [each for each in sorted(os.environ.items()) if each[0].startswith("HARNESS_")]
    freeze = environment / FREEZE
    installed = freeze.read_text("utf-8") if freeze.exists() else ""
    answers = json.dumps([path, versions, codes, settings, installed])
    return hashlib.sha256(answers.encode()).hexdigest()[:16]
