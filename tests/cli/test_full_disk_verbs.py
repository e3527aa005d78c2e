"""A full disk in a verb over all targets: one line, and what was there is whole."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import check_project
import pytest
import small_disk
from check_project import Project, times
from faults import Faults

pytestmark = pytest.mark.slow

ENOUGH = 50_000_000

VERB = (  # -P: a folder `harness` in the working folder is none of ours
    *(sys.executable, "-P", "-c"),
    "import sys; from pathlib import Path; from harness.check import known;"
    "known.FOLDER = Path('harness', 'known');"  # not the verdicts that come with the installation
    "from harness.cli.main import main; sys.exit(main())",
)


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    """A target of two releases, in a folder like a checkout's."""
    made = check_project.make(tmp_path, 3)
    for folder in ("targets", "docs", "harness/known"):
        (tmp_path / folder).mkdir(parents=True)
    config = json.loads(made.config.read_text())
    made.config.unlink()  # the page of results asks for the figures of the whole suite
    config |= {key: f"../{config[key]}" for key in ("repo", "results_dir")}
    config |= {"html_dir": "../html/demo", "plugins": [".harness.site.plugin"]}
    (tmp_path / "targets" / "demo.json").write_text(json.dumps(config))
    made.measure(0)
    made.measure(1)
    return made


def refusal(said: str) -> str:
    """The one line that says why."""
    lines = [line for line in said.splitlines() if "No space left on device" in line]
    last = said.splitlines()[-1]
    assert "Traceback" not in said and last in lines and len(set(lines)) <= 2, said
    return last


@pytest.mark.parametrize(("verb", "folder"), [("pages", "docs"), ("site", "html")])
def test_pages_that_were_written_before_stay(
    demo: Project, verb: str, folder: str, fault: Faults
) -> None:
    place = demo.root / folder
    done = small_disk.run(place, ENOUGH, [*VERB, verb], demo.root)
    assert done.returncode == 0, done.stdout
    before = small_disk.content(place)
    assert len(before) > 1
    demo.measure(2, times({"latency.Counted.track_calls": 1.5}))
    results = small_disk.content(demo.results)
    done = small_disk.run(place, 0, [*VERB, verb], demo.root)
    assert done.returncode == 2, done.stdout
    refusal(done.stdout)
    after = small_disk.content(place)
    assert set(after) == set(before)  # and nothing is left beside them
    done = small_disk.run(place, ENOUGH, [*VERB, verb], demo.root)
    assert done.returncode == 0, done.stdout
    renewed = small_disk.content(place)
    assert renewed != before
    assert all(text in (before[name], renewed[name]) for name, text in after.items())
    kept = small_disk.content(demo.results)
    then = "one line, exit status 2; each file is whole, and the same command writes the rest"
    same = {name for name, text in kept.items() if results.get(name) == text}
    fault(f"a full disk: {verb}", results, same, then)
