"""What the model took of each request of a load, as a server beside it noted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from harness.model_server.journal import FULL
from harness.model_server.process import journal


@dataclass(frozen=True)
class Seen:
    """The model calls of a load. seconds: of the model, by request.

    calls: those that reached the model; refused: those that did not, because a limit was reached.
    tokens: of prompts and replies, None where they were not counted. failure: why something of it
    was not kept.
    """

    seconds: Mapping[int, float]
    calls: int
    refused: int = 0
    tokens: int | None = None
    failure: str = ""


def seen(url: str, end: str, since: float) -> Seen:
    """What the server at a base URL saw of a load; of no request if it has forgotten some.

    end: the moment of its journal that ends a call: "due_last" where the model's latency is
    injected, "sent_last" where the server has only passed the call on. since: when the load began,
    in seconds of `time.monotonic`.
    """
    try:
        found = journal(url)
    except (OSError, ValueError) as error:
        return Seen({}, 0, failure=f"what the model took is not known: {type(error).__name__}")
    entries = [each for each in found["entries"] if each["arrived"] >= since]
    is_whole = not found["forgotten"] or len(entries) < len(found["entries"])
    seconds: defaultdict[int, float] = defaultdict(float)
    for each in entries if is_whole else ():
        if each["request"] >= 0 and each[end] is not None:
            seconds[each["request"]] += each[end] - each["arrived"]
    refused = sum(each["kind"] == FULL for each in entries)
    calls, tokens, failure = len(entries) - refused, found.get("tokens"), found.get("failure", "")
    return Seen(dict(seconds), calls, refused, tokens, failure)
