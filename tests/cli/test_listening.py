"""Whatever listens, listens on this machine alone, unless it is told otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.faults
COMMANDS = {
    "serve": [],
    "record": ["--to", "calls.jsonl", "--url", "http://127.0.0.1:9/v1"],
    "serve-agent": [],
}


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_server_listens_on_this_machine_alone(verb: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", verb, *COMMANDS[verb], "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and "http://127.0.0.1:" in process.stdout.readline()
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
            open_ones = [each for one in family for each in one.net_connections("inet")]
        finally:  # or leaving the block waits for it
            process.terminate()
            process.communicate(timeout=60)
    assert {each.laddr.ip for each in open_ones if each.status == "LISTEN"} == {"127.0.0.1"}
