"""A server of the script, its journal empty at the beginning of each test."""

from __future__ import annotations

import pytest
from scripted_server import SCRIPT

from harness.model_server.process import ModelServer


@pytest.fixture(scope="module")
def scripted():
    with ModelServer(SCRIPT) as made:
        yield made


@pytest.fixture
def server(scripted):
    scripted.clear()
    return scripted
