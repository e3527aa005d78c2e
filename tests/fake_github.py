"""What the action needs of GitHub: its API on this machine, and the steps of action.yml in bash."""

from __future__ import annotations

import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from places import ROOT

REPOSITORY, FORK, BRANCH, NUMBER, RUN = "them/framework", "someone/framework", "faster", 5, 77
BOT = "github-actions[bot]"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def zipped(document: str | bytes, name: str = "agent-benchmarks.json") -> bytes:
    """An artifact as GitHub makes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, document)
    return buffer.getvalue()


def event(head: str, **changes: object) -> dict[str, Any]:
    """The event of a workflow that a pull request began."""
    begun = {"id": RUN, "event": "pull_request", "head_sha": head, "head_branch": BRANCH}
    begun |= {"head_repository": {"full_name": FORK}, "html_url": "https://github.invalid/77"}
    begun |= changes
    return {"workflow_run": begun, "repository": {"full_name": REPOSITORY}}


def pull(head: str, number: int = NUMBER, **changes: Any) -> dict[str, Any]:
    """An open pull request, as GitHub lists it."""
    of = {"sha": head, "ref": BRANCH, "repo": {"full_name": FORK}}
    found = {"number": number, "state": "open", "head": of, "body": "text"}
    return found | {"base": {"repo": {"full_name": REPOSITORY}}} | changes


@dataclass
class GitHub:
    """Answers what the action asks. written: (method, path, body) of what was changed."""

    artifact: bytes = b""
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    written: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    strangers: list[str] = field(default_factory=list)  # tokens that another host was given

    def answer(self, path: str, page: int) -> object:
        of = f"/repos/{REPOSITORY}"
        known: dict[str, object] = {
            f"{of}/actions/runs/{RUN}/artifacts": {"artifacts": [{"id": 9}]},
            f"{of}/pulls": self.pulls,
            f"{of}/issues/{NUMBER}/comments": self.comments[100 * page - 100 : 100 * page],
        }
        return known[path]


@contextmanager
def serve(github: GitHub) -> Iterator[GitHub]:
    """Serve it; the artifact lies on another host, as at GitHub."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            token = self.headers.get("Authorization")
            if path == "/blob":
                github.strangers += [token] if token else []
                return self.reply(github.artifact)
            assert token == "Bearer secret"
            if path.endswith("/artifacts/9/zip"):
                self.send_response(302)
                self.send_header("Location", github.url.replace("127.0.0.1", "localhost") + "/blob")
                return self.end_headers()
            page = re.search(r"(?<!_)page=(\d+)", query)
            self.reply(json.dumps(github.answer(path, int(page[1]) if page else 1)).encode())

        def do_POST(self) -> None:
            assert self.headers["Authorization"] == "Bearer secret"
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            github.written.append((self.command, self.path, body))
            self.reply(b"{}")

        do_PATCH = do_POST

        def reply(self, content: bytes) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        github.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield github
        server.shutdown()


def act(step: str, inputs: Mapping[str, str], folder: Path, **env: str) -> tuple[int, str]:
    """Run the steps of the action for a `step`, but for those that install; status and output.

    folder: the workspace.
    """
    temp = folder.parent / "temp"
    python = temp / "agent-benchmarks" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    told = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    told |= inputs
    ours = {name: str(temp / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    ours |= {"RUNNER_TEMP": str(temp), "GITHUB_REPOSITORY": REPOSITORY}
    ours |= {"GITHUB_WORKSPACE": str(folder), "NO_PROXY": "*", "no_proxy": "*"}
    output = ""
    for each in ACTION["runs"]["steps"]:
        if each.get("if") != f"inputs.step == '{step}'":
            continue
        of = {"inputs.": told, "github.event.workflow_run.": {"id": str(RUN)}}
        values = {k: _filled(str(v), of) for k, v in each["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", each["run"]],
            cwd=folder,
            env={**os.environ, **ours, **values, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output += done.stdout
        if done.returncode:
            return done.returncode, output
    return 0, output


def _filled(text: str, of: Mapping[str, Mapping[str, str]]) -> str:
    """An expression of a workflow as GitHub fills it in."""
    for prefix, values in of.items():
        if found := re.fullmatch(rf"\$\{{\{{ {re.escape(prefix)}([\w-]+) \}}\}}", text):
            return values[found[1]]
    raise AssertionError(f"{text} is no expression that is known here")
