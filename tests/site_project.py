"""A small asv project with results written by hand: ten commits, three of them releases."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from asv.results import Results
from asv.runner import BenchmarkResult

VERSIONS = {0: "v0.1", 5: "v0.2", 9: "v0.3"}
HASHES = 10
NOTE = 'needs <script>alert("x")</script> & more'
PARAMS = [["'greenlang'", "'floor'"], ["1", "10", "50", "100", "1000"]]


def _benchmark(
    name: str, unit: str, params: list[list[str]], names: list[str]
) -> dict[str, object]:
    return {
        "name": name,
        "code": "def run():\n    pass",
        "params": params,
        "param_names": names,
        "type": "track",
        "unit": unit,
        "version": "1",
    }


BENCHMARKS = {
    "latency.time_run": _benchmark("latency.time_run", "seconds", [], []),
    "latency.track_ratio": _benchmark("latency.track_ratio", "x floor", [], []),
    "resources.peakmem_run": _benchmark("resources.peakmem_run", "bytes", [], []),
    "agents.time_absent": _benchmark("agents.time_absent", "seconds", [], []),
    "scaling.track_added_p95": _benchmark(
        "scaling.track_added_p95", "seconds", PARAMS, ["runtime", "n"]
    ),
}


def make_project(root: Path) -> Path:
    """Write repository, results and asv.conf.json into `root`; returns the site's directory."""
    commits = _make_repository(root / "code")
    _write_config(root)
    results = root / "results"
    machine = {"machine": "lab", "os": "Linux", "cpu": "2 <cores>", "ram": "8 GB", "version": 1}
    _write_json(results / "lab" / "machine.json", machine)
    _write_json(results / "benchmarks.json", {**BENCHMARKS, "version": 2})
    for number, commit in enumerate(commits):
        _save_results(results, number, commit)
    return root / "html" / "demo"


def publish(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `asv publish` as a user does; never raises for a failure."""
    command = [sys.executable, "-m", "asv", "publish", "--no-pull", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def _write_config(root: Path) -> None:
    config = {
        "version": 1,
        "project": "Demo <agents>",
        "repo": "code",
        "branches": ["main"],
        "environment_type": "virtualenv",
        "plugins": [".harness.site.plugin"],
        "results_dir": "results",
        "html_dir": "html/demo",
    }
    _write_json(root / "asv.conf.json", config)


def _make_repository(path: Path) -> list[str]:
    path.mkdir(parents=True)
    _git(path, "init", "-q", "-b", "main")
    hashes = []
    for number in range(HASHES):
        _git(path, "commit", "-q", "--allow-empty", "-m", f"change {number}", day=number + 1)
        if number in VERSIONS:
            _git(path, "tag", VERSIONS[number])
        hashes.append(_git(path, "rev-parse", "HEAD"))
    return hashes


def _git(path: Path, *arguments: str, day: int = 1) -> str:
    date = f"2025-03-{day:02d}T12:00:00+00:00"
    names = {
        f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *arguments],
        cwd=path,
        env={**os.environ, **names, **dates},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _save_results(root: Path, number: int, commit: str) -> None:
    date = 1740830400000 + number * 86_400_000  # 2025-03-01 12:00, a day apart
    params = {"machine": "lab", "os": "Linux", "cpu": "2 <cores>", "ram": "8 GB", "python": "3.11"}
    results = Results(params, {}, commit, date, "3.11", "venv-py3.11", {})
    for name, benchmark in BENCHMARKS.items():
        values = _values(name, number)
        result = BenchmarkResult(values, [None] * len(values), [None] * len(values), 0, "", None)
        results.add_result(benchmark, result, duration=1.5)
    results.set_build_duration(4.0)
    results.set_setup_cache_duration("scaling:12", 20.0)
    results.save(str(root))
    stem = root / results._filename.removesuffix(".json")
    Path(f"{stem}.notes.txt").write_text(f"agents.time_absent: {NOTE}\n", encoding="utf-8")
    if number in VERSIONS:
        packages = f"demo=={VERSIONS[number][1:]}\nhttpx==0.{20 + number}\n"
        Path(f"{stem}.freeze.txt").write_text(packages, encoding="utf-8")


def _values(name: str, number: int) -> list[float]:
    if name == "agents.time_absent":
        return [math.nan]
    if name == "latency.track_ratio":  # one value that would make stock asv hang
        return [math.inf] if number == 3 else [2.0]
    if name == "scaling.track_added_p95":
        sizes = (1, 10, 50, 100, 1000)
        floor = [1e-5 * n for n in sizes]
        framework = [4 * value * (1 + number / 20) for value in floor]
        if number < 5:  # the old releases could not run so many at once
            framework[-1] = math.nan
        return framework + floor
    scale = 1.5 if number >= 5 else 1.0  # a regression in v0.2
    return [scale * (5e-5 if name == "latency.time_run" else 4e7)]


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
