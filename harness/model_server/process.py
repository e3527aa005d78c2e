"""The model server as a process of its own, started and read with the standard library alone.

It is used inside measured processes, whose environments have no aiohttp: the server runs on
another Python, the one named by HARNESS_PYTHON (our asv plugin sets it to the one that runs asv).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from harness.common.children import ChildFailed
from harness.common.local import LocalServer, ask, pack
from harness.model_server.faults import Faults
from harness.model_server.settings import Settings
from harness.workload.script import Script

if TYPE_CHECKING:
    from harness.model_server.budget import Order
    from harness.model_server.recorded import Calls

SERVER = "harness.model_server.server:perform"


class ModelServer(LocalServer):
    """An OpenAI-compatible server that answers `script`, in its own process.

        with ModelServer(Script(latency=Constant(0.05)), faults={"rate_limit": 0.01}) as server:
            client = AsyncOpenAI(base_url=server.url, api_key="any")

    faults: a `Faults`, or just its `kinds`; slots, reject, pauses, recorded, seed: as in
        `Settings`.
    python: the interpreter to run it on (default: HARNESS_PYTHON, or this one).
    Raises NotImplementedError with the reason if it cannot start.
    """

    def __init__(
        self,
        script: Script,
        faults: Faults | Mapping[str, float | Collection[int]] | None = None,
        *,
        slots: int | None = None,
        reject: bool = False,
        pauses: tuple[tuple[float, float], ...] = (),
        recorded: Calls | None = None,
        seed: int = 0,
        python: str | None = None,
    ) -> None:
        if not isinstance(faults, Faults):
            faults = Faults(faults or {})
        wanted = Settings(script, faults, slots, reject, pauses, recorded, seed)
        order = {"settings": pack(wanted)}
        python = python or os.environ.get("HARNESS_PYTHON") or sys.executable
        try:
            super().__init__(SERVER, order, python=python)
        except (ChildFailed, NotImplementedError) as error:
            raise NotImplementedError(
                f"no model server on {python} (HARNESS_PYTHON names another): {error}"
            ) from None

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients; any API key will do."""
        return f"http://127.0.0.1:{self.report}/v1"

    def journal(self) -> dict[str, Any]:
        """What it did since it started or was cleared; see `journal.Journal.document`."""
        return journal(self.url)

    def clear(self) -> None:
        """Empty the journal; attempts, slots and pauses start anew."""
        journal(self.url, "DELETE")


class LimitedProxy(LocalServer):
    """A proxy before a real model, in its own process: see `budget.Order`.

    It reads the key from its environment, which is this process's. Raises ValueError, one line, if
    it cannot start.
    """

    def __init__(self, order: Order) -> None:
        python = os.environ.get("HARNESS_PYTHON") or sys.executable
        try:
            packed = {"order": pack(order)}
            super().__init__("harness.model_server.proxy:perform", packed, python=python)
        except (ChildFailed, NotImplementedError) as error:
            raise ValueError(f"no proxy on {python}: {error}") from None

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients; any API key will do."""
        return f"http://127.0.0.1:{self.report}/v1"


def journal(url: str, method: str = "GET") -> dict[str, Any]:
    """The journal of the server at a base URL; DELETE empties it. OSError if it has gone."""
    found: dict[str, Any] = ask(f"{url.removesuffix('/v1')}/journal", method)
    return found
