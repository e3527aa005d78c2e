"""The server's own process: `python -m harness.model_server REPORT`, settings on standard input.

The first line of standard input is a document of `settings`. The port goes into the file REPORT
as `{"port": 8080}`, or `{"error": "..."}`. When standard input ends, so does the process: it dies
with whoever started it, even if that one is killed. `python -m harness serve` is for people.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from harness.model_server import settings as read


def _report(path: Path, document: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document))
    part.replace(path)


def _end_with_input() -> None:
    # A thread, so that a busy or stalled loop cannot outlive the one who waits for it.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    report = Path(sys.argv[1])
    # Ctrl-C reaches the whole group; the journal must stay readable while its reader winds up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read.from_json(json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        from harness.model_server import server
    except ImportError as error:
        _report(report, {"error": f"the model server needs {error.name}, which it does not have"})
        return

    async def serve() -> None:
        listening = await server.ModelServer(settings).listen(0)
        _report(report, {"port": listening.sockets[0].getsockname()[1]})
        await asyncio.Event().wait()

    server.run(serve())


if __name__ == "__main__":
    main()
