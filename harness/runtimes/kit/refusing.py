"""How an adapter says that its framework cannot do something here: n/a, with the reason."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def needing(reason: str) -> Iterator[None]:
    """A failing import within becomes NotImplementedError: `reason`, and what was missing.

    Also a decorator.
    """
    try:
        yield
    except ImportError as error:
        raise NotImplementedError(f"{reason}: {' '.join(str(error).split())}") from error
