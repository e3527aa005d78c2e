"""asv on a release history when something is wrong: one line that says what, nothing lost."""

import re

import pytest
from tiny_project import Project

NO_NETWORK = dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9/"
)

RUN, COMPARE = ["run", "ALL"], ["compare", "v0.1.0", "v0.2.0"]


def one_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    assert len(lines) == 1, output
    return lines[0]


def test_a_release_that_cannot_be_installed_says_why(project: Project) -> None:
    config = project.configure("broken.json", repo="pypi:tinybroken", results_dir="broken")
    options = ("--config", config, "--quick", "--bench", "track_cost")
    output = project.asv("run", "ALL", *options, expect=2)
    assert "not installed: " in output
    (notes,) = (project.root / "broken" / "box").glob("*.notes.txt")
    name, _, reason = notes.read_text().partition(": ")
    assert name == "tiny.track_cost"
    assert "not installed" in reason
    assert "tinydep==99" in reason
    assert not notes.with_name(notes.name.replace(".notes.", ".freeze.")).exists()


@pytest.mark.parametrize(
    ("repo", "env", "said", "commands"),
    [
        ("pypi:tinyagent?last=0", {}, "bad repository", [RUN, COMPARE, ["publish"]]),
        ("pypi:no-such-package", {"UV_DEFAULT_INDEX": "local"}, "unknown package", [RUN]),
        ("pypi:no-such-package", NO_NETWORK, "no usable answer", [COMPARE]),
    ],
)
def test_bad_input_ends_in_one_line(
    project: Project, repo: str, env: dict[str, str], said: str, commands: list[list[str]]
) -> None:
    config = project.configure("bad.json", repo=repo, results_dir="bad")
    local = project.env["UV_INDEX"].split()[0]
    env = {key: local if value == "local" else value for key, value in env.items()}
    for command in commands:
        output = project.asv(*command, "--config", config, expect=2, **env)
        assert said in one_line(output)


def test_a_bad_range_ends_in_one_line(project: Project) -> None:
    assert "bad range 'v8..v9'" in one_line(project.asv("run", "v8..v9", expect=2))


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("HARNESS_PROCESSES", "HARNESS_PROCESSES: a whole number from 1 to 1000000, not 'word'"),
        ("HARNESS_MEMORY", "HARNESS_MEMORY: 'word' is no quantity such as 500MB"),
    ],
)
def test_a_variable_that_no_worker_can_read_ends_in_one_line(
    project: Project, variable: str, said: str
) -> None:
    output = project.asv("run", "v0.4.0^!", "--quick", expect=2, **{variable: "word"})
    assert said in one_line(output)


def test_a_broken_results_file_is_told_and_kept(project: Project) -> None:
    path = project.results()["v0.4.0"]
    for broken in (path.read_bytes()[:100], b"\xff\xfe"):
        path.write_bytes(broken)
        output = project.asv("run", "v0.4.0^!", "--quick", "--bench", "track_cost", expect=2)
        assert path.name in output
        assert path.read_bytes() == broken
    project.asv("publish")


def test_without_network_everything_measured_before_runs_again(project: Project) -> None:
    unreachable = NO_NETWORK | {"NO_PROXY": "", "no_proxy": "", "UV_INDEX": project.index}
    project.forget_freshness("tinyagent")
    output = project.asv("run", "v0.1.0..v0.3.0", "--quick", "--bench", "cost", **unreachable)
    assert output.count("no usable answer from the package index") == 1
    assert re.findall(r"commit \w+ <(.*?)>", output) == ["v0.3.0", "v0.2.0"]
    project.asv("publish", **unreachable)
    project.asv("compare", "v0.2.0", "v0.3.0", **unreachable)


def test_a_fresh_clone_without_network_reads_what_is_committed(project: Project) -> None:
    alone = NO_NETWORK | {"NO_PROXY": "", "no_proxy": "", "UV_INDEX": project.index}
    alone["AGENT_BENCHMARKS_CACHE"] = str(project.root / "empty")
    kept = project.root / "results" / "releases.json"
    written = kept.read_bytes()
    assert "<v0.2.0>" in project.asv("compare", "v0.2.0", "v0.3.0", **alone)
    output = project.asv("publish", **alone)
    assert "using the releases in results/releases.json" in output
    assert "Skipping" not in output and "Couldn't find" not in output
    assert kept.read_bytes() == written
    kept.write_text("{")
    for command in (COMPARE, ["publish"], ["run", "ALL"]):
        said = project.asv(*command, expect=2, **alone)
        assert "results/releases.json is no list of releases: restore it" in one_line(said)
    assert kept.read_text() == "{"
