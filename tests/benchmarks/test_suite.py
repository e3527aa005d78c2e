"""The suite itself: which benchmarks there are, that they are well formed, and that they fail."""

import ast
import importlib
import inspect
import json
import shutil
import sys
import tomllib

import pytest
from asv.results import Results
from asv_runner.discovery import disc_benchmarks
from places import ROOT, TESTS

from harness.cli.target import RUNNER
from harness.common import PROTOCOL
from harness.instruments.counters import functions
from harness.measures import find

BENCHMARKS = ROOT / "benchmarks"
HERE = TESTS


@pytest.fixture(scope="module")
def discovered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENT_RUNTIME", "greenlang")
        patch.syspath_prepend(str(ROOT))
        return {benchmark.name: benchmark for benchmark in disc_benchmarks(str(BENCHMARKS))}


def test_asv_discovers_every_figure_that_is_declared(discovered):
    declared = {
        getattr(track, "benchmark_name", f"{path.stem}.{cls.__name__}.{name}"): track
        for path in BENCHMARKS.glob("[!_]*.py")
        for cls in vars(importlib.import_module(f"benchmarks.{path.stem}")).values()
        if isinstance(cls, type) and hasattr(cls, "figures") and cls.__module__.endswith(path.stem)
        for name, track in cls.figures()
    }
    assert len(declared) > 60
    for name, track in declared.items():
        kept = discovered[name]
        assert (kept.unit, kept.measure, kept.figure) == (track.unit, track.measure, track.figure)


def test_every_measure_takes_the_arguments_that_benchmarks_give_it(discovered):
    for name, benchmark in discovered.items():
        if hasattr(benchmark, "measure"):
            axes = [benchmark.renamed.get(axis, axis) for axis in benchmark.param_names]
            arguments = dict.fromkeys(axes) | benchmark.fixed | {"runtime": None}
            try:
                inspect.signature(find(benchmark.measure)).bind(**arguments)
            except TypeError as error:
                pytest.fail(f"{name}: {benchmark.measure}: {error}")


def test_what_service_levels_and_stored_results_name_is_there(discovered):
    """A benchmark that is renamed loses its history, and its service level is never met."""
    kept = json.loads((ROOT / "results" / "greenlang" / "benchmarks.json").read_text())
    del kept["version"]
    for name, described in kept.items():
        assert discovered[name].param_names == described["param_names"], name
    slos = tomllib.loads((ROOT / "slo.toml").read_text())["slo"]
    assert {each["benchmark"] for each in slos.values()} <= set(discovered)


def test_every_benchmark_says_in_one_line_what_is_measured(discovered):
    for name, benchmark in discovered.items():
        lines = (inspect.getdoc(benchmark.func) or "").splitlines()
        assert len(lines) == 1 and lines[0].endswith("."), name


def test_every_tracked_figure_has_a_grade_of_evidence(discovered):
    for name, benchmark in discovered.items():
        if benchmark.type == "track":
            grade = getattr(benchmark.func, "grade", None)
            assert grade in ("counts", "virtual", "ratios", "absolutes"), name


def test_parameter_names_match_the_parameters(discovered):
    for name, benchmark in discovered.items():
        declared = list(getattr(_owner(benchmark), "param_names", ()))
        assert benchmark.param_names == declared, name
        assert len(benchmark.params) == len(declared), name


def test_versions_carry_the_protocol_of_the_harness(discovered):
    for name, benchmark in discovered.items():
        assert f"protocol {PROTOCOL}" in benchmark.version, name


def _owner(benchmark):
    return type(benchmark.func.__self__)


def test_no_benchmark_file_imports_a_framework():
    allowed = {"asv_runner", "harness", *sys.stdlib_module_names}
    for path in set(BENCHMARKS.glob("*.py")) - {BENCHMARKS / "traps.py"}:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = {str(node.module).split(".")[0]}
            else:
                continue
            assert names <= allowed, path.name


def run_with(project, adapter, *benchmarks, expect):
    """Measure the newest tiny release through an adapter kept beside the asv config."""
    shutil.copy(HERE / "adapters.py", project.root)
    folder = f"results-{adapter}"
    name = project.configure(
        f"{adapter}.json",
        benchmark_dir=str(BENCHMARKS),
        results_dir=folder,
        matrix={
            "req": RUNNER,
            "env_nobuild": {"AGENT_RUNTIME": [f"adapters:{adapter}"]},
        },
        launch_method="forkserver",
    )
    select = [argument for benchmark in benchmarks for argument in ("--bench", benchmark)]
    project.asv(
        "run",
        "v0.4.0^!",
        "--quick",
        "--config",
        name,
        *select,
        expect=expect,
        traceback=expect != 0,
        HARNESS_PROCESSES="1",
    )
    (path,) = project.results(folder).values()
    results = Results.load(str(path))
    notes = path.with_suffix(".notes.txt")
    values = {name: results._results[name] for name in results.get_all_result_keys()}
    return values, notes.read_text() if notes.exists() else ""


@pytest.mark.parametrize(
    ("of_a_run", "figures"),
    [
        (r"latency\.(Run|Memory|Counted)\.", 11),
        pytest.param(r"latency\.", 17, marks=pytest.mark.slow),
    ],
)
def test_an_adapter_beside_the_config_is_measured(project, of_a_run, figures):
    values, _ = run_with(project, "Works", of_a_run, r"workflows\.Workflow", expect=0)
    assert len(values) == figures
    for name, numbers in values.items():
        assert all(number is not None and number == number for number in numbers), name
    calls = values["latency.Counted.track_calls"]
    assert calls[: len(calls) // 2] == calls[len(calls) // 2 :]  # it is the floor, renamed
    (path,) = project.results("results-Works").values()
    where = functions.read(path.with_suffix(functions.SUFFIX))
    label = "calls_run adapters:Works entry=threads tool_rounds=3"
    assert where[label]["Model.complete (harness/workload/model.py)"] == 4
    assert where["lines_step floor entry=asyncio shape=fan"]


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [("Denied", "the framework said no"), ("WrongReply", "reply 0 of somebody else")],
)
def test_runs_that_are_denied_or_wrong_are_reported_as_failed(project, adapter, complaint):
    values, notes = run_with(
        project, adapter, r"latency\.(Run|Memory)", r"latency\.Added", r"workflows\.Run", expect=2
    )
    assert len(values) == 6
    for name, numbers in values.items():
        measured = numbers or []
        assert all(number is None for number in measured[: len(measured) // 2]), name
    assert complaint in notes
