"""The suite itself: which benchmarks there are, that they are well formed, and that they fail."""

import ast
import importlib
import inspect
import shutil

import pytest
from asv.results import Results
from asv_runner.discovery import disc_benchmarks
from places import ROOT, TESTS

import harness
from harness.cli.target import RUNNER
from harness.instruments.counters import functions

BENCHMARKS = ROOT / "benchmarks"
HERE = TESTS

EXPECTED = [
    "agents.Counted.track_calls",
    "agents.Memory.peakmem_runs",
    "agents.Shipped.time_run",
    "controls.Controls.peakmem_noop",
    "controls.Controls.time_arithmetic",
    "controls.Controls.time_noop",
    "controls.Controls.track_timer_lateness",
    "latency.Added.track_p50",
    "latency.Added.track_p95",
    "latency.Added.track_p99",
    "latency.Counted.track_calls",
    "latency.Counted.track_lines",
    "latency.Counted.track_model_requests",
    "latency.Counted.track_peak_bytes",
    "latency.Counted.track_retained_bytes",
    "latency.Memory.peakmem_runs",
    "latency.OverFloor.track_cpu_ratio",
    "latency.Run.time_run",
    "load.Load.track_added_p95",
    "load.Load.track_added_p99",
    "load.Load.track_cpu_seconds_per_request",
    "load.Load.track_error_rate",
    "load.Load.track_generator_lateness",
    "machine_level.UnderValgrind.track_allocated_bytes",
    "machine_level.UnderValgrind.track_allocations",
    "machine_level.UnderValgrind.track_instructions",
    "observability.Traced.track_calls",
    "observability.Traced.track_over_untraced",
    "observability.Traced.track_spans",
    "over_http.OverFloor.track_cpu_ratio",
    "over_http.Run.track_added_p50",
    "over_http.Run.track_added_p95",
    "over_http.Run.track_calls",
    "resources.EventLoop.track_blocks",
    "resources.EventLoop.track_longest_block",
    "resources.Leak.track_bytes_per_run",
    "resources.Leftovers.track_descriptors",
    "resources.Leftovers.track_threads",
    "resources.Load.track_cpu",
    "scaling.AtOnce.peakmem_burst",
    "scaling.AtOnce.track_added_p50",
    "scaling.AtOnce.track_added_p95",
    "scaling.AtOnce.track_added_p99",
    "scaling.AtOnce.track_cpu_seconds_per_request",
    "scaling.AtOnce.track_error_rate",
    "scaling.AtOnce.track_seconds_per_request",
    "scaling.SlowModel.track_added_p95",
    "scaling.SlowModel.track_seconds_per_request",
    "speedup.Overlap.track_fraction",
    "speedup.Overlap.track_over_ideal",
    "startup.Build.track_bytes",
    "startup.Build.track_calls",
    "startup.Build.track_cpu_seconds",
    "startup.Build.track_lines",
    "startup.Build.track_model_requests",
    "startup.Build.track_peak_bytes",
    "startup.Build.track_retained_bytes",
    "startup.Import.track_bytes",
    "startup.Import.track_calls",
    "startup.Import.track_cpu_seconds",
    "startup.Import.track_modules",
    "startup.Import.track_seconds",
    "streaming.BetweenTokens.track_added_p50",
    "streaming.BetweenTokens.track_added_p95",
    "streaming.Exact.track_added_between_tokens",
    "streaming.Exact.track_added_first_token",
    "streaming.Exact.track_calls",
    "streaming.FirstToken.track_added_p50",
    "streaming.FirstToken.track_added_p95",
    "virtual.Arrivals.track_added_p50",
    "virtual.Arrivals.track_added_p95",
    "virtual.Arrivals.track_added_p99",
    "virtual.AtOnce.track_makespan",
    "virtual.Workflow.track_makespan",
    "workflows.Run.time_run",
    "workflows.Workflow.track_calls_per_step",
    "workflows.Workflow.track_lines_per_step",
    "workflows.Workflow.track_makespan",
    "workflows.Workflow.track_model_requests_per_step",
]


@pytest.fixture(scope="module")
def discovered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGENT_RUNTIME", "greenlang")
        patch.syspath_prepend(str(ROOT))
        return {benchmark.name: benchmark for benchmark in disc_benchmarks(str(BENCHMARKS))}


def test_the_benchmarks_are_those_expected(discovered):
    assert sorted(discovered) == EXPECTED


def test_every_benchmark_says_in_one_line_what_is_measured(discovered):
    for name, benchmark in discovered.items():
        lines = (inspect.getdoc(benchmark.func) or "").splitlines()
        assert len(lines) == 1 and lines[0].endswith("."), name


def test_units_are_spelled_so_that_asv_scales_them_or_are_plain_words(discovered):
    units = {benchmark.unit for benchmark in discovered.values()}
    assert units == {
        "seconds",
        "blocks",
        "bytes",
        "calls",
        "descriptors",
        "allocations",
        "instructions",
        "lines",
        "modules",
        "of all runs",
        "of one core",
        "of sequential time",
        "requests",
        "spans",
        "threads",
        "times the critical path",
        "times the floor",
        "times the ideal",
        "times one request",
        "times untraced",
    }


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
        assert f"protocol {harness.PROTOCOL}" in benchmark.version, name


def _owner(benchmark):
    module, cls, _ = benchmark.name.split(".")
    return getattr(importlib.import_module(f"benchmarks.{module}"), cls)


def test_no_benchmark_is_a_coroutine_function():
    """asv would time the making of the coroutine, not the run."""
    for path in BENCHMARKS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.AsyncFunctionDef), f"{path.name}: {node.name}"


def test_no_benchmark_file_imports_a_framework():
    allowed = {
        "asv_runner",
        "asyncio",
        "contextlib",
        "functools",
        "harness",
        "itertools",
        "math",
        "os",
    }
    allowed |= {"pathlib", "sys", "time"}
    for path in BENCHMARKS.glob("*.py"):
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


def test_an_adapter_beside_the_config_is_measured(project):
    values, _ = run_with(project, "Works", r"latency\.", r"workflows\.Workflow", expect=0)
    assert len(values) == 15
    for name, numbers in values.items():
        assert all(number is not None and number == number for number in numbers), name
    calls = values["latency.Counted.track_calls"]
    assert calls[: len(calls) // 2] == calls[len(calls) // 2 :]  # it is the floor, renamed
    (path,) = project.results("results-Works").values()
    where = functions.read(path.with_suffix(functions.SUFFIX))
    label = "calls_run adapters:Works entry=threads tool_rounds=3"
    assert where[label]["Model.complete (model.py)"] == 4
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
