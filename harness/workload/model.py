"""The deterministic model: answers a script, waits its latency, counts requests.

`Model` answers in process. `RemoteModel` is the same script behind a server, for the clients that
frameworks have of their own.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from functools import cached_property
from typing import NoReturn

from harness.workload.script import ModelFailure, Script, Turn


class Model:
    """One live model. Safe to share among threads and tasks.

    Turns are remembered, so that asked again the model itself costs next to nothing: what is
    left over in a measurement is the framework's.
    """

    url = ""
    """Where the answers come from; empty in process."""

    tool: Callable[[int], str] | None = None
    """A plain `def` that is called in place of the usual tool, also on an event loop."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script if script is not None else Script()
        self._turns: dict[tuple[str, int], Turn] = {}
        self._counter = itertools.count()
        self._reads = 0

    @property
    def requests(self) -> int:
        """Model calls begun so far."""
        # next() is the only atomic step of a count, so reading is counting and correcting.
        seen = next(self._counter) - self._reads
        self._reads += 1
        return seen

    def restart(self) -> None:
        """Count model calls from 0 again."""
        self._counter, self._reads = itertools.count(), 0

    def remember(self, prompt: str, round: int) -> Turn:
        """The turn of the script, kept for the next time it is asked."""
        turn = self._turns[prompt, round] = self.script.turn(prompt, round)
        return turn

    @cached_property
    def _streams(self) -> dict[tuple[str, int], tuple[Turn, ...]]:
        # Not made in __init__: building an agent is counted together with making its model.
        return {}

    def complete(self, prompt: str, round: int = 0) -> Turn:
        """Answer in the calling thread, sleeping the injected latency.

        Raises ModelFailure where the script says so, WrongPrompt for a prompt it does not know.
        """
        next(self._counter)
        turn = self._turns.get((prompt, round)) or self.remember(prompt, round)
        if turn.latency > 0:
            time.sleep(turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        """Answer on the event loop; with no latency it does not yield. Raises as `complete`."""
        next(self._counter)
        turn = self._turns.get((prompt, round)) or self.remember(prompt, round)
        if turn.latency > 0:
            await asyncio.sleep(turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn

    async def astream(self, prompt: str, round: int = 0) -> AsyncGenerator[Turn, None]:
        """The answer in pieces, each when it is due: a Turn with its text, or the tool call.

        The i-th piece is due `latency + i * gap` seconds after the request, as from a server that
        does not wait for its client. With neither it does not yield to the loop. Raises as
        `complete`.
        """
        next(self._counter)
        clock = asyncio.get_running_loop().time
        begin = clock()
        turns = self._streams.get((prompt, round))
        if turns is None:
            turns = self._streams[prompt, round] = self.script.stream(prompt, round)
        for i, turn in enumerate(turns):
            wait = begin + turn.latency + i * self.script.gap - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            if turn.fails:
                raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
            yield turn


class RemoteModel(Model):
    """A script that an OpenAI-compatible server answers at `url` (".../v1"), whoever runs it.

    Runtimes ask it through their framework's own client; in process it answers nothing.
    count: asks the server how many model calls it has answered, where it can be asked.
    """

    def __init__(self, script: Script, url: str, count: Callable[[], int] | None = None) -> None:
        super().__init__(script)
        self.url = url
        self._count = count

    @property
    def requests(self) -> int:
        """Model calls answered so far; NotImplementedError where the server cannot be asked."""
        if self._count is None:
            raise NotImplementedError(f"the model server at {self.url} counts no requests")
        return self._count()

    def remember(self, prompt: str, round: int) -> Turn:
        """Raises NotImplementedError: see `no_client`."""
        no_client("this runtime")

    @property
    def _streams(self) -> NoReturn:
        no_client("this runtime")


def no_client(who: str) -> NoReturn:
    """Raises NotImplementedError: `who` cannot be measured on a RemoteModel."""
    raise NotImplementedError(f"{who} has no client of its own for an OpenAI-compatible server")
