"""What goes wrong with a request: a wrong reply, and a short name for whatever was raised."""

from collections.abc import Iterator

from harness.runtimes.base import RunFailed

TIMEOUT = "timeout"
WRONG_REPLY = "wrong reply"
DROPPED = "dropped"
MALFORMED = "malformed"
UNFINISHED = "unfinished"  # still in flight when the draining time was over
UNSENT = "unsent"  # due, and never sent

GIVEN_UP = frozenset({TIMEOUT, UNFINISHED, UNSENT})
"""Errors that took at least the time until they were given up: giving up improves no percentile."""

# How clients name a connection that ended before its reply; they need not be installed here.
_DROPS = (
    "ServerDisconnected",
    "RemoteProtocolError",
    "RemoteDisconnected",
    "IncompleteRead",
    "ReadError",
    "APIConnectionError",
    "ClientConnect",
    "ClientOSError",
    "ClientPayload",
)
_MALFORMED = ("JSONDecodeError", "ContentTypeError")


class WrongReply(RunFailed):
    """A run returned something else than its own scripted reply."""


def check_reply(got: object, reply: str) -> None:
    """WrongReply unless a run returned this."""
    if got != reply:
        raise WrongReply(f"expected {reply!r}, got {got!r}")


def kind_of(error: BaseException) -> str:
    """The kind of an error, shown by the error itself or by one that it came from.

    "timeout", "wrong reply", "http 429" (where an error carries an HTTP status), "dropped" (a
    connection that broke), "malformed" (a body that is not JSON), or else the name of the
    exception's class.
    """
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, WrongReply):
            return WRONG_REPLY
        if (status := _status(each)) is not None:
            return f"http {status}"
        if isinstance(each, TimeoutError) or "Timeout" in type(each).__name__:
            return TIMEOUT
    if any(isinstance(each, ConnectionError) or _drops(each) for each in chain):
        return DROPPED
    if any(type(each).__name__ in _MALFORMED for each in chain):
        return MALFORMED
    return type(chain[0]).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen = 0
    link: BaseException | None = error
    while link is not None and seen < 10:  # a chain may be a ring
        if isinstance(link, BaseExceptionGroup) and len(link.exceptions) == 1:
            link = link.exceptions[0]
            continue
        yield link
        seen += 1
        link = link.__cause__ or link.__context__


def _status(error: BaseException) -> int | None:
    for name in ("status", "status_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
    return None


def _drops(error: BaseException) -> bool:
    return type(error).__name__.startswith(_DROPS)
