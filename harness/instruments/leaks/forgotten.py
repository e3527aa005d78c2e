"""Coroutines that nobody awaited, and tasks that were lost: asyncio tells, somebody must listen."""

import asyncio
import contextlib
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from harness.instruments.counters.functions import path_of
from harness.instruments.leaks.names import task_name

_DEPTH = 6
_CREATED = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


class Forgotten:
    """Coroutines that were never awaited, by their maker's place, and complaints of event loops."""

    def __init__(self) -> None:
        self.coroutines: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block coroutines are counted."""
        depth = sys.get_coroutine_origin_tracking_depth()
        with warnings.catch_warnings():
            show = warnings.showwarning

            def shown(message: Any, category: type[Warning], *args: Any, **options: Any) -> None:
                text = str(message)
                if "was never awaited" not in text:
                    show(message, category, *args, **options)
                    return
                created = _CREATED.findall(text)  # the innermost call is the last
                where = "{}:{} {}".format(*created[-1]) if created else f"{args[0]}:{args[1]}"
                self.coroutines[f"{text.splitlines()[0]}: made at {path_of(where)}"] += 1

            warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)
            warnings.showwarning = shown
            sys.set_coroutine_origin_tracking_depth(_DEPTH)
            try:
                yield
            finally:
                sys.set_coroutine_origin_tracking_depth(depth)

    def complaint(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The exception handler of the loop of a study."""
        task = context.get("task") or context.get("future")
        name = f": {task_name(task)}" if isinstance(task, asyncio.Task) else ""
        error = context.get("exception")
        reason = f" ({type(error).__name__}: {error})" if error else ""
        self.lost[f"{context.get('message')}{reason}{name}"] += 1
