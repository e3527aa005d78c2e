"""What the server really did, so that a client can be checked against it."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

OK = "ok"
LEFT = "client_left"
REFUSED = "bad_request"
FULL = "rejected"
FAILED = "script_failure"
BROKEN = "server_failure"


@dataclass(slots=True)
class Entry:
    """One model call. Moments are seconds of `time.monotonic`, which all processes of a Linux
    or macOS machine share; None is a moment that never came.

    request, round, attempt: what was asked (-1: no prompt of the script), and how often so far.
    api, stream: "chat" or "responses", and whether a stream was asked for.
    arrived: the request was read from the socket.
    due_first, due_last: first and last piece according to the script.
    sent_first, sent_last: they were handed to the socket.
    status: HTTP status, or 0 if none was sent.
    kind: "ok", a kind of fault, or "client_left", "bad_request", "rejected", "script_failure",
        or "server_failure", a fault of this server.
    """

    api: str
    arrived: float
    request: int = -1
    round: int = -1
    attempt: int = 1
    stream: bool = False
    due_first: float | None = None
    due_last: float | None = None
    sent_first: float | None = None
    sent_last: float | None = None
    status: int = 0
    kind: str = OK


class Journal:
    """The newest `size` entries, and the exact totals of all by kind."""

    def __init__(self, size: int = 100_000) -> None:
        self.totals: Counter[str] = Counter()
        self._entries: deque[Entry] = deque(maxlen=size)

    def add(self, entry: Entry) -> None:
        """Keep a finished model call."""
        self._entries.append(entry)
        self.totals[entry.kind] += 1

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.totals.clear()

    def document(self, unfinished: int) -> dict[str, object]:
        """The journal as JSON has it: `requests` = all `totals`, `forgotten` of them not listed."""
        return {
            "requests": self.totals.total(),
            "unfinished": unfinished,
            "totals": dict(self.totals),
            "forgotten": self.totals.total() - len(self._entries),
            "entries": [asdict(entry) for entry in self._entries],
        }
