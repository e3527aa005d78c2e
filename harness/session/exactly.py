"""Exact figures without asv: some cells, measured in the interpreter of a framework.

The session is that of a benchmark, so the figures are those that asv gets.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from harness.session.session import cell, measure


def perform(files: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """What became of each job, as its `label` and the fields of its Outcome.

    files: jobs (`measure`, `runtime`, `args`) by file of benchmarks, of which each has processes of
    its own. Where HARNESS_SIDECAR names a folder, what is measured stays there, and is not
    measured again.
    """
    cells = [[cell(j["measure"], j["runtime"], **j["args"]) for j in jobs] for jobs in files]
    found = measure(exact=cells).outcomes.items()
    return [{"label": of.label, **dataclasses.asdict(outcome)} for of, outcome in found]
