"""What several test files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_project
from framework_env import PINNED
from local_index import LocalIndex, serve


@pytest.fixture
def local_index() -> Iterator[LocalIndex]:
    """An empty package index on this machine."""
    with serve(LocalIndex()) as index:
        yield index


@pytest.fixture(scope="session")
def tiny_index() -> Iterator[LocalIndex]:
    """A package index on this machine that holds the packages of tiny_project."""
    with serve(LocalIndex()) as index:
        tiny_project.fill(index)
        yield index


@pytest.fixture(scope="session")
def project(
    tmp_path_factory: pytest.TempPathFactory, tiny_index: LocalIndex
) -> tiny_project.Project:
    """An asv project over the releases of tinyagent, which have all been measured."""
    made = tiny_project.make(tmp_path_factory.mktemp("project"), tiny_index)
    made.asv("run", "ALL", "--quick")
    return made


@pytest.fixture(scope="session")
def greenlang_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with greenlang-cli 0.3.0 and the dependencies of its day."""
    return PINNED["greenlang"].install(tmp_path_factory.mktemp("greenlang") / "env")
