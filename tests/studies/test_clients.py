"""Each row of the table of clients is true of the model server, over a real socket."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from harness.model_server.process import ModelServer
from studies.clients.rows import ROWS, SERVERS, NotInstalled, Row


@pytest.fixture(scope="module")
def servers():
    with ExitStack() as stack:
        made = SERVERS.items()
        yield {name: stack.enter_context(ModelServer(*given)) for name, given in made}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.check.__name__)
def test_a_client_gets_what_the_table_says(servers, row: Row) -> None:
    server = servers[row.on]
    server.clear()
    try:
        row.check(server)
    except NotInstalled as missing:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            raise
        pytest.skip(str(missing))
    assert "server_failure" not in server.journal()["totals"]
    assert "Traceback" not in server._output.read_text("utf-8", "replace")
