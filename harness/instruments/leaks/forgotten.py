"""Coroutines that nobody awaited, and tasks that were lost: asyncio tells, somebody must listen."""

from __future__ import annotations

import asyncio
import re
import sys
import warnings
from collections import Counter
from types import TracebackType
from typing import Any

from harness.instruments.leaks.names import task_name

_DEPTH = 6
_CREATED = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


class Forgotten:
    """Counts, while entered: coroutines by their maker's place, and complaints of event loops."""

    def __init__(self) -> None:
        self.coroutines: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._filters = warnings.catch_warnings()
        self._depth = 0
        self._show: Any = None

    def __enter__(self) -> Forgotten:
        self._depth = sys.get_coroutine_origin_tracking_depth()
        sys.set_coroutine_origin_tracking_depth(_DEPTH)
        self._filters.__enter__()
        self._show = warnings.showwarning
        warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)
        warnings.showwarning = self._shown
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._filters.__exit__(kind, error, traceback)
        sys.set_coroutine_origin_tracking_depth(self._depth)

    def _shown(self, message: Any, category: type[Warning], *args: Any, **options: Any) -> None:
        text = str(message)
        if "was never awaited" not in text:
            self._show(message, category, *args, **options)
            return
        created = _CREATED.findall(text)  # the innermost call is the last
        where = "{}:{} {}".format(*created[-1]) if created else f"{args[0]}:{args[1]}"
        self.coroutines[f"{text.splitlines()[0]}: made at {where}"] += 1

    def complaint(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The exception handler of the loop of a study."""
        task = context.get("task") or context.get("future")
        name = f": {task_name(task)}" if isinstance(task, asyncio.Task) else ""
        error = context.get("exception")
        reason = f" ({type(error).__name__}: {error})" if error else ""
        self.lost[f"{context.get('message')}{reason}{name}"] += 1
