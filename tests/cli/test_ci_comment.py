"""The comment on a pull request: where it goes, what it says, and that it is kept small."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from check_project import Project, make, times
from fake_github import NUMBER, GitHub, act, event, pull, serve, zipped

from harness.cli.main import main
from harness.cli.packing import pack
from harness.results.target import opened

CALLS = "latency.Counted.track_calls"
needs_curl = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make(tmp_path_factory.mktemp("ci"))
    made.measure(0, machine="ci")
    made.measure(1, times({CALLS: 1.2}), machine="ci")
    made.measure(2, machine="ci")
    for number, version in enumerate(("1.0", "1.1", "1.1")):
        Path(f"{made.stem(number, 'ci')}.freeze.txt").write_text(f"httpx=={version}\n")
    return made


def packed(project: Project, head: int = 1) -> str:
    with opened(project.config) as target:
        found = target.results("ci", None)
        pair = (target.commit(project.commits[n], found) for n in (0, head))
        return pack(target, *pair)


def comment(
    project: Project, folder: Path, *words: str, head: int = 1, pulls: object = None
) -> tuple[int, dict[str, Any]]:
    commit = project.commits[head]
    (folder / "artifact").write_bytes(zipped(packed(project, head)))
    (folder / "event").write_text(json.dumps(event(commit)))
    (folder / "pulls").write_text(json.dumps([pull(commit)] if pulls is None else pulls))
    paths = [f"--{name}={folder / name}" for name in ("event", "pulls", "output")]
    status = main(["ci", "comment", str(folder / "artifact"), *paths, "--runtime", "mine", *words])
    made = folder / "output"
    return status, json.loads(made.read_text()) if made.exists() else {}


def test_it_says_what_is_worse_and_what_decides(project, tmp_path):
    status, made = comment(project, tmp_path, "--project", "Demo")
    base, head = (each[:8] for each in project.commits[:2])
    assert (status, made["number"], made["create"]) == (0, NUMBER, True)
    mark, verdict, *rest = made["body"].splitlines()
    assert mark == made["mark"] == "<!-- agent-benchmarks: Demo -->"
    assert verdict == f"❌ **Demo: {head} is worse than {base}: 1 regression in 4 rows**"
    assert "| ❌ **counts** decides | beyond 1 % | 1 | 1 | 0 | 0 |" in rest
    assert "| virtual time | beyond 1 % | - | - | - | - |" in rest
    assert "| ratios | beyond 5 %, and no chance | 1 | 0 | 0 | 0 |" in rest
    assert f"| regression | `{CALLS}('mine')` | counts | 100 | 120 | +20 % |  |" in rest
    assert "On `ci`, `virtualenv-py3.11`." in rest
    assert "Changed beside it: `httpx 1.0 → 1.1`" in rest
    assert "python -m harness profile --runtime mine --scenario reply" in rest


def test_it_leaves_no_history_that_another_one_made_at_once_would_find(
    project, tmp_path, monkeypatch
):
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "cache"))
    assert comment(project, tmp_path)[0] == 0
    assert not [*(tmp_path / "cache").glob("history/handed-over*")]


def test_where_nothing_is_worse_it_may_be_silent(project, tmp_path):
    assert comment(project, tmp_path, head=2)[1]["create"] is True
    _, made = comment(project, tmp_path, "--only-on-finding", head=2)
    assert made["create"] is False and "✅ **framework: " in made["body"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"head": {"sha": "0" * 40, "ref": "faster", "repo": {"full_name": "a/b"}}}, "no open"),
        ({"state": "closed"}, "no open"),
        ({"base": {"repo": {"full_name": "other/framework"}}}, "no open"),
        ({"head": {"sha": "x", "ref": "faster", "repo": None}}, "no open"),
        ({"number": "5"}, "another number"),
        ({"head": {"repo": {}}}, "has no"),
    ],
)
def test_it_goes_to_the_pull_request_of_the_commit(project, tmp_path, capsys, change, told):
    found = [pull(project.commits[1], 3) | change]
    assert comment(project, tmp_path, pulls=found) == (2, {})
    assert told in capsys.readouterr().err
    # One of the same commit in another fork is another one.
    if told == "no open":
        status, made = comment(project, tmp_path, pulls=[*found, pull(project.commits[1])])
        assert (status, made["number"]) == (0, NUMBER)


def test_two_pull_requests_of_one_branch_get_none(project, tmp_path, capsys):
    both = [pull(project.commits[1], number) for number in (3, 4)]
    assert comment(project, tmp_path, pulls=both) == (2, {})
    assert "2 open pull requests" in capsys.readouterr().err


def test_a_long_comment_is_cut_where_github_takes_it(project, tmp_path):
    document = json.loads(packed(project))
    many = [f"'tool {'x' * 90} {n}'" for n in range(3000)]
    about = document["benchmarks"][CALLS] | {"param_names": ["tool"], "params": [many]}
    document["benchmarks"] |= {"latency.Counted.track_calls": about}
    for side, value in (("base", 1.0), ("head", 2.0)):
        assert document[side]["result"]["result_columns"][:3] == ["result", "params", "version"]
        results = document[side]["result"]["results"]
        results[CALLS] = [[value] * len(many), [many], results[CALLS][2]]
    (tmp_path / "artifact").write_text(json.dumps(document))
    commit = project.commits[1]
    (tmp_path / "event").write_text(json.dumps(event(commit)))
    (tmp_path / "pulls").write_text(json.dumps([pull(commit)]))
    paths = [f"--{name}={tmp_path / name}" for name in ("event", "pulls", "output")]
    assert main(["ci", "comment", str(tmp_path / "artifact"), *paths, "--runtime", "mine"]) == 0
    body = json.loads((tmp_path / "output").read_text())["body"]
    assert len(body.encode()) < 65_536
    assert "3000 regressions" in body
    assert "... and 2,800 more: [the run that measured it](https://github.invalid/77) has" in body


@needs_curl
@pytest.mark.parametrize("former", ["ours", "theirs"])
def test_the_action_posts_it_or_renews_its_own(project, tmp_path, former):
    commit = project.commits[1]
    mark = "<!-- agent-benchmarks: Demo -->\nold"
    author = {"ours": "github-actions[bot]", "theirs": "someone"}[former]
    others = [{"id": n, "user": {"login": "a"}, "body": "b"} for n in range(100)]
    one = {"id": 321, "user": {"login": author}, "body": mark}
    github = GitHub(zipped(packed(project)), [pull(commit)], [*others, one])
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (tmp_path / "event").write_text(json.dumps(event(commit)))
    with serve(github):
        inputs = {"runtime": "mine", "project": "Demo", "token": "secret"}
        env = {"GITHUB_API_URL": github.url, "GITHUB_EVENT_PATH": str(tmp_path / "event")}
        status, output = act("comment", inputs, workspace, **env)
    assert status == 0, output
    ((method, path, body),) = github.written
    place = "comments/321" if former == "ours" else f"{NUMBER}/comments"
    assert path == f"/repos/them/framework/issues/{place}"
    assert method == ("PATCH" if former == "ours" else "POST")
    assert list(body) == ["body"] and body["body"].startswith("<!-- agent-benchmarks: Demo -->\n❌")
    assert not github.strangers and "secret" not in output
