"""`python -m studies.model_server.rivals`: our server beside two others, in one run.

aimock comes from the npm registry and llmock from the Python one, each into a folder for work.
All are asked by the same client, in rounds, in another order each round, so that what the machine
does meanwhile falls on all alike. One that cannot be installed or started is n/a, with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.model_server.process import ModelServer
from harness.model_server.server import run
from harness.workload.script import Constant, Script
from studies.model_server import accuracy, probe

AIMOCK, LLMOCK = "1.43.0", "0.2.2"
INSTALL, START = 600.0, 60.0
WARM_UP_USERS = 50

Server = tuple[str, int]
"""Base URL and process id."""


class Unavailable(RuntimeError):
    """Why a server cannot be measured."""


def aimock(folder: Path, latency: float) -> list[str]:
    """Install it; the command that starts it, less the port."""
    _install(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder),
              f"@copilotkit/aimock@{AIMOCK}"])  # fmt: skip
    fixture = {"match": {"userMessage": "request"}, "response": {"content": "reply"}}
    fixtures = folder / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": [fixture]}))
    program = folder / "node_modules/@copilotkit/aimock/dist/cli.js"
    # Its --latency is the pause between streamed chunks; this one is before every answer.
    return ["node", str(program), "--fixtures", str(fixtures), "--log-level", "silent",
            "--chaos-latency", f"{latency * 1e3:.0f}", "--port"]  # fmt: skip


def llmock(folder: Path, latency: float) -> list[str]:
    """Install it; the command that starts it, less the port."""
    environment = folder / "llmock"
    _install([sys.executable, "-m", "venv", str(environment)])
    python = environment / "bin" / "python"
    _install([str(python), "-m", "pip", "install", "--quiet", f"llmock=={LLMOCK}"])
    return [str(environment / "bin" / "llmock"), "serve", "--latency-ms", f"{latency * 1e3:.0f}",
            "--log-level", "error", "--port"]  # fmt: skip


def _install(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise Unavailable(f"{command[0]} failed with {done.returncode}, saying: {said[-1]}")


@contextlib.contextmanager
def started(command: Sequence[str]) -> Iterator[Server]:
    """A server on a free port, ended at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen([*command, str(port)], stdout=quiet, stderr=quiet)
    except OSError as error:
        raise Unavailable(f"{command[0]}: {error.strerror}") from None
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}/v1", process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + START
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise Unavailable(f"ended at once with exit status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise Unavailable(f"did not start within {START:g} s")


def start_all(
    stack: contextlib.ExitStack, folder: Path, latency: float
) -> tuple[dict[str, Server], dict[str, str]]:
    """The servers that run, and the reasons of those that do not."""
    ours = stack.enter_context(ModelServer(Script(latency=Constant(latency))))
    running = {"ours": (ours.url, ours.pid)}
    missing: dict[str, str] = {}
    rivals: dict[str, Callable[[Path, float], list[str]]] = {
        f"aimock {AIMOCK}": aimock,
        f"llmock {LLMOCK}": llmock,
    }
    for name, install in rivals.items():
        accuracy.progress(f"installing {name} ...")
        try:
            running[name] = stack.enter_context(started(install(folder, latency)))
        except Unavailable as reason:
            missing[name] = " ".join(str(reason).split())
            accuracy.progress(f"{name}: n/a ({missing[name]})")
    return running, missing


def compare(given: argparse.Namespace, folder: Path) -> accuracy.Row:
    """Rows of `probe.pooled` by server, over all rounds; the reason for one that is n/a."""
    result = accuracy.conditions(given.latency, given.seconds) | {"rounds": given.rounds}
    with contextlib.ExitStack() as stack:
        running, missing = start_all(stack, folder, given.latency)
        for url, _ in running.values():  # compilers, just-in-time, compile
            run(probe.measure(url, WARM_UP_USERS, given.seconds, given.latency))
        rows: dict[str, list[accuracy.Row]] = {name: [] for name in running}
        for users in given.at_once:
            samples: dict[str, list[probe.Sample]] = {name: [] for name in running}
            for turn in range(given.rounds):
                for name in _order(list(running), turn):
                    accuracy.progress(f"{users} at once, round {turn + 1}: {name} ...")
                    url, pid = running[name]
                    coroutine = probe.measure(url, users, given.seconds, given.latency, pid)
                    samples[name].append(run(coroutine))
            for name, seen in samples.items():
                rows[name].append(probe.pooled(seen, users))
    return result | {"servers": rows, "missing": missing}


def _order(names: list[str], turn: int) -> list[str]:
    turn %= len(names)
    return names[turn:] + names[:turn]


def main(argv: Sequence[str] | None = None) -> int:
    """Install, measure, print; 2 after one line about bad input."""
    parser = argparse.ArgumentParser(prog="python -m studies.model_server.rivals")
    accuracy.arguments(parser)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each (default 3)")
    parser.add_argument("--work", type=Path, help="keep what is installed in this folder")
    given = parser.parse_args(argv)
    try:
        accuracy.check(given)
        if given.rounds < 1:
            raise ValueError("--rounds must be >= 1")
        with contextlib.ExitStack() as stack:
            folder = given.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.mkdir(parents=True, exist_ok=True)
            document = compare(given, folder.resolve())
        for name, rows in document["servers"].items():
            print(f"{name}\n{accuracy.table(rows)}\n")
        for name, reason in document["missing"].items():
            print(f"{name}: n/a ({reason})")
        accuracy.save(given.json, document)
    except (ValueError, OSError, NotImplementedError) as error:
        print(f"rivals: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
