"""Each row of the table in docs/model-server.md is true, over a real socket."""

from __future__ import annotations

import os
from contextlib import ExitStack

import client_http  # noqa: F401 - its rows
import client_openai  # noqa: F401 - its rows
import pytest
from client_rows import ROWS, SERVERS, NotInstalled, Row
from places import ROOT

from harness.model_server.process import ModelServer


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


def test_the_guide_has_these_rows_and_no_others() -> None:
    text = (ROOT / "docs" / "model-server.md").read_text("utf-8")
    table = text.partition("| client | asks | gets |\n|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [f"| {each.client} | {each.asks} | {each.gets} |" for each in ROWS]
    assert sorted(table.splitlines()) == sorted(rows)
