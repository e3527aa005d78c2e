"""What goes wrong, when: faults by request number, the same in every run."""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.common import quantities

KINDS = {
    "rate_limit": "429 with Retry-After, at once",
    "server_error": "500 instead of the reply",
    "malformed": "200 and a body that is not JSON",
    "drop": "the connection is closed instead of a reply",
    "cut": "the connection is closed in the middle of the reply",
    "stall": "the reply stops after its first piece (if not streamed: before it) for `stall_for`",
}
"""Kinds of faults, in the order in which shares are laid out."""

UNSETTLED = 100_000
"""Model calls whose failed attempts are remembered."""


@dataclass(frozen=True)
class Faults:
    """Which requests go wrong.

    kinds: kind -> a share of all requests (0 to 1, drawn by request number), or request numbers.
    seed: another seed draws other requests.
    attempts: how often each model call of such a request fails before it succeeds, or None for
        always. After the success the count starts anew.
    retry_after: seconds that a 429 asks the client to wait.
    stall_for: seconds that a stall lasts.
    Raises ValueError, one line, for anything impossible.
    """

    kinds: Mapping[str, float | Collection[int]] = field(default_factory=dict)
    seed: int = 0
    attempts: int | None = 1
    retry_after: float = 1.0
    stall_for: float = 30.0

    def __post_init__(self) -> None:
        if unknown := [kind for kind in self.kinds if kind not in KINDS]:
            raise ValueError(f"no fault {unknown[0]!r}; there are {', '.join(KINDS)}")
        shares = {k: whom for k, whom in self.kinds.items() if not isinstance(whom, Collection)}
        for kind, share in shares.items():
            if not 0 <= share <= 1:
                raise ValueError(f"the share of {kind} is from 0 to 1, not {share}")
        if sum(shares.values()) > 1 + 1e-9:
            raise ValueError("the shares of the faults add up to more than 1")
        if self.attempts is not None and self.attempts < 1:
            raise ValueError(f"attempts must be >= 1, not {self.attempts}")
        if not all(0 <= seconds < float("inf") for seconds in (self.retry_after, self.stall_for)):
            raise ValueError("retry_after and stall_for are finite seconds >= 0")

    def kind(self, request: int) -> str | None:
        """What goes wrong with `request`, if anything."""
        if not self.kinds:
            return None
        digest = hashlib.blake2b(f"{self.seed}/{request}".encode(), digest_size=8).digest()
        draw, drawn = int.from_bytes(digest, "big") / 2**64, None
        # A fixed order, so that the same shares draw the same faults however they are written.
        for kind in KINDS:
            whom = self.kinds.get(kind, ())
            if isinstance(whom, Collection):
                if request in whom:
                    return kind
            elif drawn is None and (draw := draw - whom) < 0:
                drawn = kind
        return drawn


class Attempts:
    """Counts the failed attempts at each model call, so that a retry can succeed."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._failed: OrderedDict[tuple[int, int], int] = OrderedDict()

    def next(self, request: int, round: int) -> tuple[int, str | None]:
        """The number (from 1) of this attempt at a model call, and its fault if it has one."""
        kind = self._faults.kind(request)
        if kind is None:
            return 1, None
        failed = self._failed.pop((request, round), 0)
        if self._faults.attempts is not None and failed >= self._faults.attempts:
            return failed + 1, None
        self._failed[request, round] = failed + 1
        if len(self._failed) > UNSETTLED:  # never tried again: forget the oldest
            self._failed.popitem(last=False)
        return failed + 1, kind

    def clear(self) -> None:
        """Forget all attempts."""
        self._failed.clear()


def add_argument(parser: Any) -> None:
    """`--fault`, once for each kind; `kinds` reads what it was given."""
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="a share of requests (1%% or 0.01), or request numbers (@3,5); may be repeated",
    )


def kinds(texts: Sequence[str]) -> dict[str, float | tuple[int, ...]]:
    """What goes wrong with whom, of `drop=1%` and `cut=@3,5`. ValueError, one line, if unclear."""
    found: dict[str, float | tuple[int, ...]] = {}
    for text in texts:
        kind, _, whom = text.partition("=")
        if kind in found:
            raise ValueError(f"each kind of fault is told once: {kind} is told again")
        try:
            named = whom.startswith("@")
            found[kind] = numbers(whom[1:]) if named else quantities.share(whom)
        except ValueError:
            raise ValueError(f"a fault is KIND=SHARE or KIND=@N,N,..., not {text!r}") from None
    return found


def numbers(text: str) -> tuple[int, ...]:
    """Numbers of requests, "3,5". Raises ValueError."""
    if not all(part.strip().isdecimal() for part in text.split(",")):
        raise ValueError(f"request numbers such as 3,7, not {text!r}")
    return tuple(map(int, text.split(",")))
