"""What several test files share."""

import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_project
from browser import Browser, open_browser
from faults import Faults
from framework_env import PINNED
from hypothesis import HealthCheck, settings
from local_index import LocalIndex, serve
from shared import once

from harness.instruments.profilers import decorators

# The same examples everywhere, and none too slow: how long one takes depends on the machine. More
# of what is the same each time would find nothing new: that is for the other profile.
settings.register_profile("here", deadline=None, derandomize=True, max_examples=40)
# HYPOTHESIS_PROFILE=many: what nobody has tried yet, and much of it.
settings.register_profile(
    "many",
    deadline=None,
    max_examples=10_000,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "here"))

# Where it is set, each interpreter that a test starts would compile all of the harness anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Some ways to start the tests (in the background of a script) leave Ctrl-C ignored, here and in
# every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """See `faults`."""
    parser.addoption("--record-faults", type=Path, metavar="FILE", help="append what was tried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What tries a fault runs with `make faults`."""
    for item in items:
        if "fault" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.faults)


def pytest_collection_finish() -> None:
    """What is there before the first test is not gone through at each collection of garbage: that
    of a thousand test functions would cost more than most of the tests.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Nor is what earlier tests have left (libraries that they imported)."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Faults:
    """Says, and records where it is asked for, what became of a fault."""
    path: Path | None = request.config.getoption("--record-faults")
    return Faults(path and request.config.invocation_params.dir / path)  # tests change folders


@pytest.fixture
def whole_heap() -> Iterator[None]:
    """What was there before the test is seen, too, by what goes through all objects."""
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.fixture
def profiled() -> Iterator[None]:
    """What is decorated within the test is measured, and forgotten afterwards."""
    gc.collect()  # what other tests left must not be freed while memory is measured
    decorators.enable()
    yield
    decorators.clear()
    decorators.disable()


@pytest.fixture(scope="session")
def _opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def chromium(_opened: Browser) -> Browser:
    """The one browser of all tests of a process, in each as if it had just been opened."""
    _opened.forget()
    return _opened


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
def measured_project(tmp_path_factory: pytest.TempPathFactory, tiny_index: LocalIndex) -> Path:
    """A project over the releases of tinyagent, all measured; made once for all test processes.

    Nobody changes it: a test that wants to takes `project`.
    """

    def make(root: Path) -> None:
        tiny_project.make(root, tiny_index).asv("run", "ALL", "--quick")

    return once(tmp_path_factory, "measured", make)


def _taken(path: str, copy: str) -> None:
    (os.link if "/site-packages/" in path else shutil.copy2)(path, copy)


@pytest.fixture
def project(tmp_path: Path, measured_project: Path, tiny_index: LocalIndex) -> tiny_project.Project:
    """A copy of `measured_project`, of the test's own, with its environments.

    What is installed is shared: installers put new files into the place of old ones.
    """
    root = tmp_path / "project"
    without = shutil.ignore_patterns("virtualenv")  # the wheels that it has unpacked at home
    shutil.copytree(measured_project, root, symlinks=True, ignore=without, copy_function=_taken)
    return tiny_project.Project(root, tiny_project.environment(root, tiny_index))


@pytest.fixture(scope="session")
def greenlang_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with greenlang-cli 0.3.0 and the dependencies of its day."""
    made = once(
        tmp_path_factory, "greenlang", lambda root: PINNED["greenlang"].install(root / "env")
    )
    return made / "env" / "bin" / "python"
