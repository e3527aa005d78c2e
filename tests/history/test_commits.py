"""The commits of a repository that touch some paths, as asv sees them: also without it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tiny_project import CODE, Project

from harness.history import commits
from harness.history.commit_history import CommitHistory
from harness.history.errors import HistoryError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Source:
    """A repository; each commit is a day after the one before."""

    def __init__(self, path: Path) -> None:
        self.path, self.day = path, 0
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)

    def git(self, *words: str) -> str:
        date = f"2025-02-{self.day:02}T10:00:00Z"
        who = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        done = subprocess.run(
            ["git", *who, *words],
            cwd=self.path,
            env={**os.environ, "GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, subject: str, **files: str) -> str:
        self.day += 1
        for name, text in files.items():
            path = self.path / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def merge(self, subject: str, branch: str) -> str:
        self.day += 1
        self.git("merge", "-q", "--no-ff", "-m", subject, branch)
        return self.git("rev-parse", "HEAD")

    @property
    def repo(self) -> str:
        return f"commits:{self.path}?paths=pkg,setup.py&with=tinydep"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Two commits touch the package, one does not, and a branch that does is merged."""
    source = Source(tmp_path / "source")
    source.commit("first", pkg__init="1")
    source.commit("docs", README="1")
    source.git("checkout", "-q", "-b", "side")
    source.commit("on a side: two\tlines", pkg__side="1")
    source.git("checkout", "-q", "main")
    source.commit("second", pkg__init="2")
    source.merge("merged", "side")
    return source


def history(source: Source, folder: Path) -> CommitHistory:
    found = CommitHistory(source.repo, "", str(folder))
    found.keep(str(folder))
    return found


def test_the_main_line_is_first_parents_that_touch_the_paths(source: Source, cache: Path) -> None:
    found = commits.known(commits.parse(source.repo))
    assert [each.subject for each in found] == ["merged", "second", "first"]
    assert [each.parent for each in found] == [found[1].hash, found[2].hash, ""]
    assert f"{found[1].date:%Y-%m-%d %H:%M}" == "2025-02-04 10:00"


def test_git_is_asked_by_the_commits_own_hashes(
    source: Source, cache: Path, tmp_path: Path
) -> None:
    of = history(source, tmp_path)
    merged, second, first = of.get_branch_commits(None)
    assert merged == source.git("rev-parse", "main")
    assert of.get_hash_from_name(f"{merged[:8]}~2") == first
    assert of.get_hash_from_parent(merged[:7]) == second
    assert of.get_hashes_from_range(f"{first[:8]}..main") == [merged, second]
    assert of.get_hashes_from_range(f"{second}^!") == [second]
    assert of.get_revisions({merged, first}) == {first: 0, merged: 2}
    assert of.get_date(second) == 1738663200000
    assert (of.get_name_from_hash(merged), of.get_tags()) == (None, {})
    with pytest.raises(SystemExit):
        of.get_hashes_from_range(f"{source.git('rev-parse', 'main^^')}^!")  # the docs


def test_a_list_beside_the_results_serves_without_the_repository(
    source: Source, cache: Path, tmp_path: Path
) -> None:
    before = history(source, tmp_path).get_branch_commits(None)
    shutil.rmtree(source.path)
    shutil.rmtree(cache)
    after = CommitHistory(source.repo, "", str(tmp_path))
    after.pull()  # warns
    assert after.get_branch_commits(None) == before
    with pytest.raises(HistoryError, match="a copy serves"):
        commits.known(commits.parse(source.repo))


def test_commits_that_are_on_the_line_no_more_are_not_forgotten(
    source: Source, cache: Path, tmp_path: Path
) -> None:
    merged, second, first = history(source, tmp_path).get_branch_commits(None)
    source.git("reset", "-q", "--hard", second)
    other = source.commit("another third", pkg__init="3")
    of = CommitHistory(source.repo, "", str(tmp_path))
    of.pull()
    of.keep(str(tmp_path))
    assert of.get_branch_commits(None) == [other, second, first]
    assert of.knows(merged) and of.get_hash_from_name(merged[:8]) == merged
    # An older clone knows less, and changes nothing.
    written = (tmp_path / commits.BESIDE).read_text()
    source.git("reset", "-q", "--hard", second)
    of.pull()
    of.keep(str(tmp_path))
    assert (tmp_path / commits.BESIDE).read_text() == written


@pytest.mark.parametrize(
    "text",
    [
        "commits:",
        "commits:?paths=a",
        "commits:--upload-pack=x?paths=a",
        "commits:https://host.invalid/a.git",
        "commits:a?paths=",
        "commits:a?paths=/etc",
        "commits:a?paths=../b",
        "commits:a?paths=b/../../c",
        "commits:a?paths=-x",
        "commits:a?paths=b*",
        "commits:a?paths=b&with=c==1",
        "commits:a?paths=b&last=1",
        "commits:a?paths=b&at=main,1234567",
    ],
)
def test_a_bad_repository_is_one_line(text: str) -> None:
    with pytest.raises(HistoryError, match="bad repository"):
        commits.parse(text)


def test_a_list_of_another_repository_is_refused(
    source: Source, cache: Path, tmp_path: Path
) -> None:
    history(source, tmp_path)
    path = tmp_path / commits.BESIDE
    with pytest.raises(HistoryError, match="another repository"):
        commits.read(path, commits.parse("commits:elsewhere?paths=pkg"))
    path.write_text("{}")
    with pytest.raises(HistoryError, match="no list of commits"):
        commits.read(path, commits.parse(source.repo))


@pytest.mark.slow
def test_commits_are_measured_with_the_packages_of_their_day(project: Project) -> None:
    source = Source(project.root / "source")
    module = source.path / "tinyagent" / "__init__.py"
    module.parent.mkdir()
    measured = {}
    for cost in (1, 5):
        module.write_text(CODE.format(cost=cost))
        measured[source.commit(f"costs {cost}")] = cost
    _, second = measured
    module.unlink()
    third = source.commit("none")
    repo = f"commits:{source.path}?paths=tinyagent&with=tinyagent"  # also a release: cost 1
    config = ("--config", project.configure("commits.json", repo=repo, results_dir="commits"))
    said = project.asv("run", "ALL", "--quick", "--bench", "track", *config, expect=2)
    assert "not installed: the commit has none of the paths" in said

    def results(commit: str) -> Path:
        (path,) = (project.root / "commits" / "box").glob(f"{commit[:8]}-*.json")
        return path

    for commit, cost in measured.items():
        found = json.loads(results(commit).read_text())["results"]
        assert found["tiny.track_cost"][0] == [cost]
        assert found["tiny.track_dependency"][0] == [2]
        freeze = results(commit).with_suffix(".freeze.txt").read_text()
        assert f"commit:{commit} tinyagent" in freeze and "tinydep==2.0\n" in freeze
        assert "tinyagent==0.2.0\n" in freeze
    notes = results(third).with_suffix(".notes.txt").read_text()
    assert "the commit has none of the paths" in notes
    shutil.rmtree(source.path)
    shutil.rmtree(Path(project.env["AGENT_BENCHMARKS_CACHE"]) / "commits")
    assert "5.00" in project.asv("compare", f"{second[:8]}^", second[:8], *config)
    project.asv("publish", *config)


def test_a_history_of_two_commits_whatever_lies_between(
    source: Source, cache: Path, tmp_path: Path
) -> None:
    first, head = source.git("rev-parse", "main~3"), source.git("rev-parse", "side")
    of = CommitHistory(f"{source.repo}&at={first},{head}", "", str(tmp_path))
    of.keep(str(tmp_path))
    assert of.get_branch_commits(None) == [head, first]
    assert of.get_hash_from_parent(head[:8]) == first
    # Each is installed with the packages of the last one's day.
    assert of.get_date(head) - of.get_date(first) == 1000
    with pytest.raises(HistoryError, match="another repository"):
        commits.read(tmp_path / commits.BESIDE, commits.parse(f"{source.repo}&at={head},{first}"))
    with pytest.raises(HistoryError, match="bad object"):
        commits.known(commits.parse(f"{source.repo}&at={first},{'0' * 40}"))
