"""Why benchmarks gave no number: one line each, from what they printed.

A line reads `benchmark: reason`, or `benchmark: reason (For parameters: 10; 50)`.
"""

import itertools
import math
import re
from dataclasses import dataclass
from typing import Any

NOT_AVAILABLE = "n/a: "
SKIPPED = "asv: skipped"
RAISED = "harness.session.session.MeasureFailed: "  # says nothing: the reason follows
BUSY = "n/a: invalid in "  # so many processes: the machine's fault, which may be over
NOT_INSTALLED = "not installed"  # and why, for each benchmark of the release
FOR_NOW = f"{NOT_INSTALLED} for now"  # the release is not to blame
NOT_IMPORTED = ("ImportError: ", "ModuleNotFoundError: ")  # the release, or what it needs
PLACE = re.compile(r"(?:/[^/\s()'\"]+)+/(?:site-packages|lib/python3\.\d+)/")  # of one machine
PARAMETERS = "For parameters: "  # how asv heads the output of one parameter combination


@dataclass(frozen=True)
class Note:
    """Why a benchmark gave no number. labels: of the parameter sets it is about; none means all."""

    reason: str
    labels: tuple[str, ...] = ()

    @property
    def bare(self) -> str:
        """The reason without the sign that it was a refusal and no failure."""
        return self.reason.removeprefix(NOT_AVAILABLE)

    @property
    def in_words(self) -> str:
        """The note without that sign."""
        return self.text.removeprefix(NOT_AVAILABLE)

    @property
    def text(self) -> str:
        of = f" ({PARAMETERS}{'; '.join(self.labels)})" if self.labels else ""
        return self.reason + of

    @property
    def is_refusal(self) -> bool:
        """Whether it says that there can be no number."""
        return self.reason.startswith((NOT_AVAILABLE, SKIPPED)) and BUSY not in self.reason

    @property
    def is_of_install(self) -> bool:
        """Whether it says why the release has no numbers at all."""
        return self.reason.startswith(NOT_INSTALLED)

    @property
    def is_of_release(self) -> bool:
        """Whether the release itself cannot be used: it is not installed, or not imported."""
        return self.is_of_install or self.reason.startswith(NOT_IMPORTED)

    @property
    def is_final(self) -> bool:
        """Whether another run would have no other outcome, as far as is known."""
        return not self.reason.startswith(FOR_NOW)

    def is_about(self, label: str) -> bool:
        """Whether it holds for these parameters."""
        return not self.labels or label in self.labels


def parse(text: str) -> dict[str, list[Note]]:
    """The notes of a file by benchmark."""
    found: dict[str, list[Note]] = {}
    for line in filter(str.strip, text.splitlines()):
        name, _, note = line.strip().partition(": ")
        reason, several, labels = _in_short(note).partition(f" ({PARAMETERS}")
        about = tuple(labels.removesuffix(")").split("; ")) if several else ()
        found.setdefault(name, []).append(Note(reason, about))
    return found


def of(results: Any, not_installed: str = "") -> dict[str, list[Note]]:
    """Notes by benchmark name, for the benchmarks that these asv results have just run.

    not_installed: why the release could not be installed, for benchmarks that never started.
    """
    result: dict[str, list[Note]] = {}
    for name in results.errcode.keys() & results._results.keys():
        values = values_of(results, name)
        found: dict[str, list[str]] = {}
        for label, value in values.items():
            reason = _reason(_output(results.stderr.get(name) or "", label), value)
            if not reason and value is None:
                reason = not_installed or "failed without a word"
            if reason:
                found.setdefault(reason, []).append(label)
        result[name] = [Note(reason, tuple(filter(None, each))) for reason, each in found.items()]
    return result


def merge(former: str, new: dict[str, list[Note]], results: Any) -> str:
    """The text of the notes file: the new notes, and former ones of benchmarks not run again."""
    known = results.get_all_result_keys()
    kept = {name: each for name, each in parse(former).items() if name in known} | new
    return "".join(f"{name}: {note.text}\n" for name in sorted(kept) for note in kept[name])


def values_of(results: Any, name: str) -> dict[str, Any]:
    """The result by the label of its parameters; None failed, NaN was skipped."""
    labels = [", ".join(combo) for combo in itertools.product(*results.get_result_params(name))]
    values = results._results[name] or [None] * len(labels)
    return dict(zip(labels, values, strict=False))


def _output(text: str, label: str) -> str:
    """What was printed for one parameter combination; all of it where asv does not part it."""
    parts = re.split(rf"^{PARAMETERS}(.*)$", text, flags=re.MULTILINE)
    by_label = dict(zip(parts[1::2], parts[2::2], strict=True))
    return by_label.get(label, parts[0])


def _reason(output: str, value: Any) -> str:
    """Why there is no number; empty where there is one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(NOT_AVAILABLE)]
    if said:
        return _in_short(said[-1])
    if value is None:
        # asv's closing remark says that the cache failed, the line before it says why.
        lines = [line for line in lines if not line.startswith("asv: setup_cache failed")]
        return _in_short(lines[-1]) if lines else ""
    if isinstance(value, float) and math.isnan(value):
        return next((line for line in lines if line.startswith(SKIPPED)), "")
    return ""


def _in_short(reason: str) -> str:
    """Without what says nothing to a reader, or only on the machine where it was written."""
    return PLACE.sub("", reason.removeprefix(RAISED))
