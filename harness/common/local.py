"""Our own servers on this machine, each in a process of its own, and what is sent to them."""

import base64
import json
import pickle
from typing import Any

from harness.common.children import Child

START = 60.0
"""Seconds after which a server that has not started is given up."""


class LocalServer(Child):
    """A server that a child runs until the end of this `with` block.

    function, order: the child's, whose first report, here `report`, is where it listens.
    options: those of `Child`. Raises what `Child.read` raises if it does not start.
    """

    def __init__(self, function: str, order: dict[str, Any], **options: Any) -> None:
        super().__init__(function, order, **options)
        try:
            self.report: Any = self.read(START)
        except BaseException:
            self.close()
            raise


def ask(url: str, method: str = "GET", timeout: float = 60.0) -> Any:
    """The JSON that a server of ours answers. It is asked directly, whatever proxies are set.

    Raises OSError if it does not answer within `timeout` seconds, ValueError for other answers.
    """
    # Imported here: it needs more of the standard library than starting a server does.
    from http.client import HTTPConnection

    host, _, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=timeout)
    try:
        connection.request(method, f"/{path}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def pack(value: object) -> str:
    """The text of an object; `unpack` makes it again wherever its class can be imported."""
    return base64.b64encode(pickle.dumps(value)).decode()


def unpack(text: str) -> Any:
    """The object of a text that a process of ours has packed; of nobody else's."""
    return pickle.loads(base64.b64decode(text))
