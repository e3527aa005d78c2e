"""Model servers for measures: one of their own, or one that several processes share.

Starting a server takes longer than most measures, so a session starts those it needs once, and
tells its worker processes by the environment variable SERVERS: JSON, {script: base URL}.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator

from harness.workload.model import RemoteModel
from harness.workload.script import Script

SERVERS = "HARNESS_MODEL_SERVERS"


@contextlib.contextmanager
def shared(*scripts: Script) -> Iterator[None]:
    """Servers for these scripts, for the processes that are started meanwhile."""
    # Imported here: it needs more of the standard library than every benchmark should pay for.
    from harness.model_server.process import ModelServer

    with contextlib.ExitStack() as stack:
        urls = {}
        for script in scripts:
            with contextlib.suppress(NotImplementedError):  # the measures will say why
                urls[repr(script)] = stack.enter_context(ModelServer(script)).url
        os.environ[SERVERS] = json.dumps(urls)
        try:
            yield
        finally:
            del os.environ[SERVERS]


@contextlib.contextmanager
def served(script: Script) -> Iterator[RemoteModel]:
    """A model that a server answers; NotImplementedError if none can be started here.

    A shared server is used by one process at a time: the requests counted are this model's.
    """
    from harness.model_server.process import ModelServer, journal

    with contextlib.ExitStack() as stack:
        if url := json.loads(os.environ.get(SERVERS, "{}")).get(repr(script)):
            journal(url, "DELETE")
        else:
            url = stack.enter_context(ModelServer(script)).url

        def count() -> int:
            found = journal(url)
            return int(found["requests"] + found["unfinished"])

        yield RemoteModel(script, url, count)
