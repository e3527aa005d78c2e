"""Measure trials through plain asv commands, and put what they left to every rule."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from harness.cli.target import CHECKOUT
from harness.common import files
from harness.common.children import Child
from harness.history import machine
from studies.command import conditions
from studies.planted.defects import DEFECTS, named
from studies.planted.generator import plant
from studies.sensitivity import rules
from studies.sensitivity.trials import LOADED, NOTHING, OFTEN, SAME, Trial, keep, read

LIMIT = 3600.0
"""Seconds that a command may take; to measure two commits takes ten minutes."""
SOME_FAILED = 2  # asv's exit status when benchmarks failed, as with some defects they must


def asv(verb: str, *arguments: str, config: Path) -> tuple[int, str]:
    """How an asv command ends, and what it prints; TimeoutExpired after LIMIT seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "asv", verb, *arguments, "--config", str(config)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
    )
    return done.returncode, done.stdout


def busy(load: str) -> AbstractContextManager[object]:
    """One core is kept busy inside the block, if the load is LOADED."""
    return Child("timeit:timeit", {"number": 10**15}) if load == LOADED else nullcontext()


def benchmarks(trial: Trial) -> list[str]:
    """Those that a trial measures; where nothing is planted, those of all that are noisy."""
    of = [each for each in DEFECTS if trial.item in (each.tag, NOTHING) and each.trials == OFTEN]
    names = (name for each in of for name in (*each.exact, *each.noisy))
    return [*dict.fromkeys(names)] or [*named(trial.item).exact]


class Study:
    """Measures trials, and keeps a record of each in `folder` as soon as it is made.

    work: of the planted project.
    """

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder = folder
        self.records = read(folder)
        self.planted = plant(work.resolve())
        machine.register()

    def perform(self, todo: Sequence[Trial], say: Callable[[str], None]) -> bool:
        """Whether all could be measured; what goes wrong in one is said and left out."""
        about = conditions()
        self._keep(
            kind="session", when=about["date"], **{k: about[k] for k in ("machine", "python")}
        )
        failed = 0
        for number, trial in enumerate(todo, 1):
            name = f"[{number} of {len(todo)}] {trial}"
            try:
                begin = time.monotonic()
                found = self._pair(trial) if trial.item == SAME else self._continuous(trial)
            except (subprocess.TimeoutExpired, ValueError) as error:
                failed += 1
                say(f"{name}: {error}")
                continue
            seconds = round(time.monotonic() - begin, 1)
            self._keep(kind="pair", **vars(trial), seconds=seconds, rules=found)
            counts = ", ".join(f"{rule} {len(each['alarms'])}" for rule, each in found.items())
            say(f"{name}: {seconds:.0f} s; alarms: {counts}")
        return not failed

    def _keep(self, **record: Any) -> None:
        self.records.append(record)
        keep(self.folder, self.records)

    def _continuous(self, trial: Trial) -> dict[str, rules.Said]:
        """Measure both commits with `asv continuous`, and put the same results to all rules."""
        config = self._config("trial")
        shutil.rmtree(config.parent / "results" / "trial", ignore_errors=True)
        only = [f"--bench=^{re.escape(name)}\\b" for name in benchmarks(trial)]
        with busy(trial.load):
            done = asv("continuous", trial.base, trial.head, *only, config=config)
        return {"continuous": rules.on_table(*done), **self._asked(config, trial)}

    def _pair(self, trial: Trial) -> dict[str, rules.Said]:
        """Put a pair of the runs to the rules; `asv run` of what is not measured yet."""
        config = self._config(f"same-{trial.load}")
        for tag in (trial.base, trial.head):
            commit = self.planted.commits[tag]
            run = {"kind": "run", "load": trial.load, "commit": commit}
            kept = config.parent.glob(f"results/{config.stem}/*/{commit[:8]}-*.json")
            if run not in self.records or not any(kept):
                with busy(trial.load):
                    status, output = asv("run", f"{tag}^!", config=config)
                if status not in (0, SOME_FAILED):
                    last = rules.last_line(output)
                    raise ValueError(f"asv run {tag} ended with status {status}: {last}")
                self._keep(**run)
        return self._asked(config, trial)

    def _asked(self, config: Path, trial: Trial) -> dict[str, rules.Said]:
        compared = asv("compare", trial.base, trial.head, config=config)
        found = rules.on_results(config, trial.base, trial.head)
        return {"compare": rules.on_table(*compared), **found}

    def _config(self, name: str) -> Path:
        """A configuration of the planted project, with results of its own."""
        path = self.planted.config.with_name(f"{name}.json")
        settings = json.loads(self.planted.config.read_text("utf-8"))
        files.write(path, json.dumps(settings | {"results_dir": f"results/{name}"}, indent=4))
        return path
