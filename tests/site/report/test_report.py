"""The page of results: current, made without a network, and right about what it is made of."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from places import ROOT

from harness.cli import main as cli
from harness.common.numbers import number
from harness.results.figures import Figure
from harness.results.result import Result
from harness.results.series import Series, read
from harness.site.report.over_releases import counts, missing
from harness.site.report.page import TEXT, figures, page

CONFIG = ROOT / "asv.conf.json"
PAGE = ROOT / "docs" / "benchmark-results.md"

# Any name that is looked up and any connection ends the command.
OFFLINE = """
import sys
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit("the network was asked")
sys.addaudithook(refuse)
from harness.__main__ import main
sys.exit(main(["report", *sys.argv[1:]]))
"""


def main(arguments: list[str]) -> int:
    """The verb's status."""
    return cli.main(["report", *arguments])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The default target's config and committed results, to be changed.

    Not all results: `make dashboard` puts those of this machine beside them.
    """
    results = json.loads(CONFIG.read_text())["results_dir"]
    listed = ["git", "ls-files", "-z", CONFIG.name, "slo.toml", results]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path / CONFIG.name


def change(config: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit the results of the newest release."""
    results = config.parent / json.loads(config.read_text())["results_dir"]
    files = [path for path in results.glob("*/*.json") if path.name != "machine.json"]
    newest = max(files, key=lambda path: json.loads(path.read_text())["date"])
    data = json.loads(newest.read_text())
    edit(data)
    newest.write_text(json.dumps(data))


def test_the_committed_page_is_what_the_committed_results_give(copy: Path) -> None:
    assert main(["--check", "--config", str(copy), "--output", str(PAGE)]) == 0, (
        "run python -m harness report"
    )


def test_a_fresh_clone_without_a_network_gives_the_same_page(copy: Path) -> None:
    output = copy.parent / "page.md"
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, "--config", str(copy), "--output", str(output)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "AGENT_BENCHMARKS_CACHE": str(copy.parent)},
        cwd=copy.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert output.read_text("utf-8") == PAGE.read_text("utf-8")


def test_check_tells_a_changed_result_in_one_line(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = copy.parent / "page.md"
    arguments = ["--config", str(copy), "--output", str(output)]
    assert main(["--check", *arguments]) == 1  # there is no page yet
    assert main(arguments) == 0
    assert main(["--check", *arguments]) == 0
    before = output.read_text("utf-8")

    def one_call_more(data: dict[str, Any]) -> None:
        data["results"]["startup.Build.track_calls"][0][0] += 1

    change(copy, one_call_more)
    capsys.readouterr()
    assert main(["--check", *arguments]) == 1
    assert capsys.readouterr().out.count("\n") == 1
    assert output.read_text("utf-8") == before  # checking writes nothing
    assert main(arguments) == 0
    assert "`startup.Build.track_calls(" in output.read_text("utf-8")


def test_every_count_that_differs_is_listed(copy: Path) -> None:
    (series, *_) = read(copy)[1]
    text = "\n".join(counts(series))
    for before, after in zip(series.releases, series.releases[1:], strict=False):
        for name, found in after.figures.items():
            if series.benchmarks[name].get("grade") == "counts":
                for params, one in found.items():
                    old = before.get(name, *params)
                    if "floor" not in params and old and old.value != one.value:
                        told = f"`{name}({', '.join(map(repr, params))})` | {number(old.value)} | "
                        assert told + number(one.value) in text


def test_releases_are_in_the_order_of_their_upload(copy: Path) -> None:
    for series in read(copy)[1]:
        dates = [release.date for release in series.releases]
        assert dates == sorted(dates)
        assert all(release.name.startswith("v") for release in series.releases)


def test_reasons_are_shared_by_releases_and_failures_say_so(copy: Path) -> None:
    (series, *_) = read(copy)[1]
    for each in series.releases:
        Path(f"{each.stem}.notes.txt").unlink(missing_ok=True)
    some = series.releases[0]
    version = some.name.removeprefix("v")
    lines = (
        f"a.B.track_c: n/a: agent of x {version} has no y (For parameters: 1; 2)",
        "a.B.track_e: n/a: its calls vary from run to run (90 to 99): no exact count",
        "a.B.track_d: ZeroDivisionError: division by zero",
        "a.B.track_f: n/a: one races its threads: nobody needs one",
        "a.B.track_f: n/a: other races its threads: nobody needs other",
    )
    Path(f"{some.stem}.notes.txt").write_text("\n".join(lines))
    told = "\n".join(missing(read(copy)[1][0]))
    assert f"| agent of x has no y | {some.name} | `a.B.track_c` |" in told
    assert f"its calls vary from run to run: no exact count | {some.name}" in told
    each = "each of one, other races its threads: nobody needs …"
    assert f"| {each} | {some.name} | `a.B.track_f` |" in told
    assert f"| failed: ZeroDivisionError: division by zero | {some.name} | `a.B.track_d` |" in told


def test_bad_input_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "asv.conf.json"
    assert main(["--config", str(config)]) == 2
    assert "no asv configuration" in capsys.readouterr().err
    shutil.copy(CONFIG, config)
    assert main(["--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert "no results in" in error and error.count("\n") == 1


def test_service_levels_are_judged_as_by_check(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(data: dict[str, Any]) -> None:
        data["results"]["resources.Load.track_cpu"][0][0] = 1.25

    change(copy, busy)
    assert cli.main(["check", "--config", str(copy), "--format", "json"]) == 1
    gate = json.loads(capsys.readouterr().out)["slos"]
    assert {each["verdict"] for each in gate} == {"met", "broken", "not measured"}
    text = page(copy)
    for each in gate:
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {each['title']} |")]
        assert f"| {each['verdict']} |" in line
    assert "| 125 % | at most 80 % | broken | `resources.Load.track_cpu(" in text


def test_claims_stand_beside_the_levels_of_the_target_that_made_them(copy: Path) -> None:
    assert "| service level | claimed | measured |" in page(copy)
    (path,) = copy.parent.rglob("claims.toml")
    path.unlink()
    assert "| service level | measured |" in page(copy)


def test_every_figure_of_the_page_is_a_benchmark(copy: Path) -> None:
    (series, *_) = read(copy)[1]
    shown = re.findall(r'"[^"]+": "(\w+\.\w+\.\w+)"', TEXT.read_text("utf-8"))
    assert len(shown) == len(set(shown)) > 50
    for name in set(shown) - set(series.benchmarks):  # declared, and not measured yet
        module, group, benchmark = name.split(".")
        assert hasattr(getattr(importlib.import_module(f"benchmarks.{module}"), group), benchmark)


def measured(**by_params: Figure) -> Series:
    """One release of "mine" with figures by their parameters, such as q_10, of two benchmarks."""

    def get(name: str, *params: object) -> Figure | None:
        return by_params.get("_".join(map(str, params)))

    release = SimpleNamespace(runtime="mine", has_numbers=True, get=get)
    return Series(
        {},
        (cast(Result, release),),
        {
            "a.B.calls": {"param_names": ["agent"], "params": [["'p'", "'q'"]], "unit": "calls"},
            "a.B.p95": {
                "param_names": ["agent", "at_once"],
                "params": [["'p'", "'q'", "'r'"], ["10", "50"]],
                "unit": "seconds",
            },
            "a.B.floored": {
                "param_names": ["runtime", "entry"],
                "params": [["'mine'", "'floor'"], ["'threads'", "'asyncio'"]],
                "unit": "calls",
            },
        },
    )


def test_figures_of_one_parameter_share_a_table_and_what_is_not_there_is_na() -> None:
    series = measured(p=Figure(7), p_10=Figure(0.25), q_10=Figure(2, 1, 3), q_50=Figure(4))
    told = figures(series, {"calls": "a.B.calls", "p95": "a.B.p95", "gone": "a.B.gone"})
    assert told == [
        "|  | p | q |",
        "|---|---:|---:|",
        "| calls | 7 | n/a |",
        "| p95, at once 10 | 250 ms | 2 s (1 to 3) |",
        "| p95, at once 50 | n/a | 4 s |",
        "",
    ]


def test_the_floor_stands_beside_a_figure_and_never_alone() -> None:
    beside = measured(mine_threads=Figure(9), floor_threads=Figure(2), floor_asyncio=Figure(3))
    told = figures(beside, {"calls": "a.B.floored"})
    assert told == ["|  | threads | floor |", "|---|---:|---:|", "| calls | 9 | 2 |", ""]
    assert figures(measured(floor_threads=Figure(2)), {"calls": "a.B.floored"}) == []
