"""The verb `load` in a folder of its own."""

import asyncio
import json

import jsonschema
import pytest
from load_verb import SCHEMA
from places import TESTS

from harness.__main__ import main
from harness.model_server import loops


@pytest.fixture
def load(capsys, monkeypatch, tmp_path):
    """Run the verb in a folder of its own; gives status, stdout, stderr and the JSON file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(TESTS))
    # Both loops are used: uvloop by the tests that start a process.
    monkeypatch.setattr(loops, "new", asyncio.new_event_loop)

    def run(*arguments):
        try:
            status = main(["load", "--json", "load.json", *arguments])
        except SystemExit as ended:  # argparse's way to refuse
            status = ended.code
        printed = capsys.readouterr()
        path = tmp_path / "load.json"
        data = json.loads(path.read_text()) if path.exists() else None
        if data is not None:
            jsonschema.validate(data, SCHEMA)
            totals = data["figures"]["requests"]
            assert totals["sent"] == totals["ok"] + sum(totals["errors"].values())
            assert totals["due"] == totals["sent"] + totals["unsent"]
        return status, printed.out, printed.err, data

    return run
