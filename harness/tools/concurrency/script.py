"""The script of runs that share an agent: models that tell who asked, and who went wrong."""

import contextlib
import re
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from harness.tools.concurrency.interleaving import Shake
from harness.tools.concurrency.simultaneous import Outcome
from harness.workload.model import Model
from harness.workload.script import Constant, Script, Turn, request_of

_REQUEST = re.compile(r"'request (\d+)\b")


class CountingModel(Model):
    """Counts calls by (request, round) and how many were inside it at once."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.asked: Counter[tuple[int, int]] = Counter()
        self.peak = 0
        self._inside = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def _call(self, prompt: str, round: int) -> Iterator[None]:
        with self._lock:
            self.asked[request_of(prompt), round] += 1
            self._inside += 1
            self.peak = max(self.peak, self._inside)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def complete(self, prompt: str, round: int = 0) -> Turn:
        with self._call(prompt, round):
            return super().complete(prompt, round)

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        with self._call(prompt, round):
            return await super().acomplete(prompt, round)


class ShakenModel(CountingModel):
    """Gives way to others before and after it answers."""

    def __init__(self, script: Script, shake: Shake) -> None:
        super().__init__(script)
        self._shake = shake

    def complete(self, prompt: str, round: int = 0) -> Turn:
        self._shake.pause()
        turn = super().complete(prompt, round)
        self._shake.pause()
        return turn

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        await self._shake.apause()
        turn = await super().acomplete(prompt, round)
        await self._shake.apause()
        return turn


@dataclass(frozen=True)
class Held(Constant):
    """Constant latency, but `long` seconds for the requests in `held`, which will be cancelled."""

    held: frozenset[int] = field(default_factory=frozenset)
    long: float = 3600.0

    def seconds(self, request: int, round: int) -> float:
        return self.long if request in self.held else self.value


def wrong_runs(
    model: CountingModel,
    requests: Sequence[int],
    outcomes: Sequence[Outcome],
    failing: AbstractSet[int] = frozenset(),
) -> list[str]:
    """A line for each run that was wrong; none when all did exactly what the script says.

    model: of all of them. requests, outcomes: one entry per run. failing: those whose model fails,
    so their runs must.
    """
    lines, known = [], set(failing)
    for request, outcome in zip(requests, outcomes, strict=True):
        if isinstance(outcome, NotImplementedError):  # there is no such entry point
            raise outcome
        fault = (
            _failed_wrongly(request, outcome)
            if request in failing
            else _wrong(model.script.reply(request), outcome)
        )
        if fault:
            lines.append(f"request {request}: {fault}")
            known.add(request)
    for request, runs in Counter(each for each in requests if each not in known).items():
        for round in range(model.script.calls_per_run):
            if (calls := model.asked[request, round]) != runs:
                lines.append(
                    f"request {request}: round {round} was asked {calls} times, not {runs}"
                )
                break
    return lines


def _text(outcome: BaseException) -> str:
    return f"{type(outcome).__name__}: {' '.join(str(outcome).split())[:200]}"


def _wrong(reply: str, outcome: Outcome) -> str:
    if isinstance(outcome, BaseException):
        return f"failed with {_text(outcome)}"
    return "" if outcome == reply else f"returned {outcome!r}, not {reply!r}"


def _failed_wrongly(request: int, outcome: Outcome) -> str:
    if not isinstance(outcome, Exception):
        return f"its model failed, yet it ended with {outcome!r}"
    texts = "".join(traceback.format_exception(outcome, limit=0))  # and of all that led to it
    if strangers := {int(number) for number in _REQUEST.findall(texts)} - {request}:
        return f"failed with the error of request {min(strangers)}: {_text(outcome)}"
    return ""
