"""An adapter that changes between two releases: what it counts otherwise is no regression."""

import json
import subprocess
import sys

import pytest
from places import ROOT

from harness.cli.target import RUNNER

BENCHMARKS, CALLS = ROOT / "benchmarks", "latency.Counted.track_calls"
WHY = "counted by different code of ours"
ADAPTER = '''
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime

class Extra(FloorAgent):
    """{says}"""

    def run(self, prompt):
        {more}
        return super().run(prompt)

class Own(FloorRuntime):
    name = "own"

    def agent(self, model):
        return Extra(model)
'''


@pytest.fixture
def own(project):
    """Measures a release with an adapter of the project's own, and checks two of them."""
    config = project.configure(
        "own.json",
        benchmark_dir=str(BENCHMARKS),
        results_dir="results-own",
        matrix={"req": RUNNER, "env_nobuild": {"AGENT_RUNTIME": ["extra:Own"]}},
        launch_method="forkserver",
    )

    def measure(release, more="pass", says="As it is."):
        (project.root / "extra.py").write_text(ADAPTER.format(says=says, more=more))
        options = ("--quick", "--config", config, "--bench", r"latency\.Counted")
        project.asv("run", f"{release}^!", *options, HARNESS_PROCESSES="1")

    def check():
        words = ["check", "v0.4.0", "v0.3.0", "--config", config, "--format", "json"]
        command = [sys.executable, "-m", "harness", *words]
        done = subprocess.run(
            command, cwd=project.root, env=project.env, capture_output=True, text=True, timeout=120
        )
        rows = [r for r in json.loads(done.stdout)["rows"] if r["benchmark"] == CALLS]
        own = [r for r in rows if "extra:Own" in r["label"] and "asyncio" not in r["label"]]
        return done.returncode, {(r["verdict"], r["reason"]) for r in own}

    def codes():
        paths = [path.with_suffix(".code.txt") for path in project.results("results-own").values()]
        lines = [line for path in paths for line in path.read_text().splitlines()]
        found = [line for line in lines if line.startswith(f"{CALLS}: ")]
        assert len(found) == len(paths)
        return len({*found})

    return measure, check, codes


@pytest.mark.slow
def test_only_what_one_adapter_counted_is_compared(own):
    measure, check, codes = own
    measure("v0.3.0")
    measure("v0.4.0", more="[abs(n) for n in map(abs, range(99))]", says="Other words.")
    assert check() == (0, {("no verdict", WHY)}) and codes() == 2
    measure("v0.3.0", says="Other words.")
    measure("v0.4.0", says="As it is.")
    assert check() == (0, {("same", "")}) and codes() == 1
