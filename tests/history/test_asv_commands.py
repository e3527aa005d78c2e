"""asv's own commands on a release history, as a user types them."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from local_index import LocalIndex
from tiny_project import Project

from harness.history.plugin import ReleaseHistory

USUAL = {"v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0"}


def test_run_all_measures_every_release_but_yanked_and_pre(project: Project) -> None:
    results = project.results()
    assert set(results) == USUAL
    columns = json.loads(results["v0.3.0"].read_text())
    assert columns["results"]["tiny.track_cost"][0] == [3]


def test_dependencies_are_those_of_the_upload_date(project: Project) -> None:
    for version, expected in (("v0.1.0", 1), ("v0.2.0", 2), ("v0.4.0", 2)):
        path = project.results()[version]
        assert json.loads(path.read_text())["results"]["tiny.track_dependency"][0] == [expected]
        freeze = path.with_suffix(".freeze.txt").read_text()
        assert f"tinyagent=={version[1:]}\n" in freeze
        assert f"tinydep=={expected}.0\n" in freeze
        assert "asv-runner==0.3.2\n" in freeze


def test_why_a_benchmark_gave_nothing_is_kept(project: Project) -> None:
    notes = project.results()["v0.1.0"].with_suffix(".notes.txt").read_text()
    reason = "n/a: this release has no tools (For parameters: 1)"
    assert notes == f"tiny.Tools.track_tools: {reason}\n"


def test_a_later_run_of_another_benchmark_keeps_the_notes(project: Project) -> None:
    notes = project.results()["v0.1.0"].with_suffix(".notes.txt")
    before = notes.read_text()
    project.asv("run", "v0.1.0^!", "--quick", "--bench", "track_cost")
    assert notes.read_text() == before


def test_a_run_of_counts_alone_leaves_what_was_timed_before(project: Project) -> None:
    path = project.results()["v0.4.0"]
    before = json.loads(path.read_text())["results"]
    output = project.asv("run", "v0.4.0^!", "--quick", HARNESS_COUNTS_ONLY="1")
    assert "tiny.track_cost" in output and "tiny.time_run" not in output
    assert json.loads(path.read_text())["results"]["tiny.time_run"] == before["tiny.time_run"]


def test_a_resumed_run_repeats_nothing(project: Project) -> None:
    results = project.results()
    results["v0.2.0"].unlink()
    before = {version: path.stat().st_mtime_ns for version, path in project.results().items()}
    output = project.asv("run", "TAGS", "--quick", "--skip-existing-commits")
    assert re.findall(r"commit \w+ <(.*?)>", output) == ["v0.2.0"]
    after = {version: path.stat().st_mtime_ns for version, path in project.results().items()}
    assert set(after) == USUAL
    assert {version: after[version] for version in before} == before


def test_a_gap_that_nobody_explained_is_measured_by_the_next_run(project: Project) -> None:
    path = project.results()["v0.4.0"]
    data = json.loads(path.read_text())
    data["results"]["tiny.track_cost"][0] = [math.nan]
    path.write_text(json.dumps(data))
    output = project.asv("run", "v0.4.0^!", "--quick", "--skip-existing-successful")
    assert "tiny.track_cost" in output
    assert "tiny.Tools.track_tools" not in output  # it has said why it cannot
    assert json.loads(path.read_text())["results"]["tiny.track_cost"][0] == [3]


@pytest.fixture
def history(
    measured_project: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], ReleaseHistory]:
    """The releases of tinyagent as asv sees them, by the options of the repository."""
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(measured_project / "cache"))
    return lambda options: ReleaseHistory(f"pypi:tinyagent{options}", "")


@pytest.mark.parametrize(
    ("wanted", "measured"),
    [
        ("v0.2.0^!", ["v0.2.0"]),
        ("v0.1.0..v0.3.0", ["v0.3.0", "v0.2.0"]),
        ("v0.2.0..main", ["v0.4.0", "v0.3.0"]),
        ("v0.4.0rc1^!", ["v0.4.0rc1"]),
    ],
)
def test_ranges(history, wanted: str, measured: list[str]) -> None:
    releases = history("")
    found = releases.get_hashes_from_range(wanted)
    assert list(map(releases.get_name_from_hash, found)) == measured


def test_options_of_the_repository_choose(history) -> None:
    releases = history("?last=3&since=0.2&pre=1&yanked=1")
    window = releases.get_new_branch_commits([None], [])
    names = list(map(releases.get_name_from_hash, window))
    assert names == ["v0.4.0", "v0.4.0rc1", "v0.3.0"]
    found = releases.get_hashes_from_range("v0.1.0..v0.2.1")
    assert list(map(releases.get_name_from_hash, found)) == ["v0.2.1", "v0.2.0"]


def test_compare_by_tag_and_by_version(project: Project) -> None:
    for names in (("v0.2.0", "v0.3.0"), ("0.2.0", "0.3.0")):
        output = project.asv("compare", *names)
        assert "<v0.2.0>" in output
        assert re.search(r"\| \+ +\| 1 +\| 3 +\| 3\.00 +\| tiny\.track_cost", output)


def test_continuous_compares_counts_with_the_release_before(project: Project) -> None:
    options = ("--quick", "--no-interleave-rounds")
    output = project.asv("continuous", "v0.3.0", *options, expect=1, HARNESS_COUNTS_ONLY="1")
    assert "PERFORMANCE DECREASED" in output
    assert "<v0.2.0>" in output  # the yanked 0.2.1 lies between


def test_find_names_the_release_that_changed(project: Project) -> None:
    output = project.asv("find", "v0.1.0..v0.4.0", "tiny.track_cost")
    assert re.search(r"Greatest regression found: \w+ <v0\.3\.0>", output)


def test_show_and_profile_take_tags(project: Project) -> None:
    assert "tiny.track_cost" in project.asv("show", "v0.3.0")
    assert "track_cost" in project.asv("profile", "tiny.track_cost", "v0.3.0")


def test_publish_shows_the_tags(project: Project) -> None:
    project.asv("publish")
    site = json.loads((project.root / "html" / "index.json").read_text())
    assert set(site["tags"]) == USUAL
    assert "tiny.track_cost" in site["benchmarks"]


def test_check_passes(project: Project) -> None:
    assert "No problems found" in project.asv("check")


def test_an_ordinary_git_repository_is_left_alone(project: Project) -> None:
    source = Path(project.env["AGENT_BENCHMARKS_CACHE"]) / "history" / "tinyagent"
    config = project.configure("git.json", repo=str(source), results_dir="git-results")
    output = project.asv("run", "v0.4.0rc1^!", "--config", config, "--quick", "--bench", "cost")
    assert "tags/" not in output
    assert set(project.results("git-results")) == {"v0.4.0rc1"}


def test_new_measures_what_was_added(project: Project, tiny_index: LocalIndex) -> None:
    tiny_index.add("tinynew", "1.0", "2025-01-01T00:00:00Z", requires=("tinyagent", "tinydep"))
    config = project.configure("new.json", repo="pypi:tinynew", results_dir="new")
    options = ("--config", config, "--quick", "--bench", "track_cost")
    project.asv("run", "NEW", *options)
    before = project.tags("tinynew")
    tiny_index.add("tinynew", "1.1", "2025-05-01T00:00:00Z", requires=("tinyagent", "tinydep"))
    project.forget_freshness("tinynew")
    output = project.asv("run", "NEW", *options)
    assert re.findall(r"commit \w+ <(.*?)>", output) == ["v1.1"]
    assert before.items() <= project.tags("tinynew").items()


def test_compare_means_this_machine_where_several_have_results(project: Project) -> None:
    other = project.root / "results" / "elsewhere"
    other.mkdir()
    (other / "machine.json").write_text('{"machine": "elsewhere", "version": 1}')
    assert "track_cost" in project.asv("compare", "v0.2.0", "v0.3.0")


def test_a_reader_of_a_table_who_has_seen_enough_is_no_error(project: Project) -> None:
    command = [sys.executable, "-m", "asv", "compare", "v0.2.0", "v0.3.0"]
    with subprocess.Popen(
        command, cwd=project.root, env=project.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()  # type: ignore[union-attr]
        assert process.stderr.read() == b""  # type: ignore[union-attr]
    assert "track_cost" in project.asv("compare", "v0.2.0", "v0.3.0")


def test_update_has_nothing_to_say_about_files_of_ours(project: Project) -> None:
    said = project.asv("update")
    assert "releases.json" not in said, said


def test_a_python_that_is_not_there_is_left_out_with_the_reason(project: Project) -> None:
    here = "{}.{}".format(*sys.version_info)
    config = project.configure("pythons.json", pythons=[here, "3.99"], results_dir="pythons")
    said = project.asv("run", "v0.4.0^!", "--quick", "--bench", "cost", "--config", config)
    assert said.count("Python 3.99 is left out: no python3.99 runs here") == 1
    assert len(project.results("pythons")) == 1
