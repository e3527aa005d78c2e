"""A package index on this machine, with generated wheels: tests need no other for the package.

It speaks the JSON simple API with upload times, and can fall silent to play a lost network.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
BUSY = (429, 503)
"""They come with a wish to be asked again in some hours."""


@dataclass
class LocalIndex:
    """Serves what was added, and 404 for the rest.

    pages: raw answers by package name, to play a strange index. asked: paths in the order of
    the requests. down: answer nothing at all, as without a network. kept: say of each answer that
    it is good for ten minutes. broken: the answer to everything. held: names of packages and files
    that get no answer before `letting_go` is set, as from an index that hangs; "*" for all.
    """

    url: str = ""
    projects: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: bool = False
    kept: bool = False
    broken: tuple[int, str, bytes] | None = None
    held: set[str] = field(default_factory=set)
    letting_go: threading.Event = field(default_factory=threading.Event)

    def add(
        self,
        name: str,
        version: str,
        uploaded: str | None,
        code: str = "",
        requires: tuple[str, ...] = (),
        yanked: bool = False,
        suffix: str = "py3-none-any.whl",
    ) -> None:
        """Add a release with one wheel, holding the module `name` with this code."""
        filename = f"{name}-{version}-{suffix}"
        data = wheel(name, version, code, requires)
        entry: dict[str, object] = {
            "filename": filename,
            "url": f"../../files/{filename}",
            "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
            "yanked": yanked,
            "size": len(data),
        }
        if uploaded:
            entry["upload-time"] = uploaded
        self.files[filename] = data
        self.projects.setdefault(name, []).append(entry)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a request."""
        self.asked.append(path)
        if self.broken:
            return self.broken
        kind, _, name = path.strip("/").partition("/")
        if kind == "files" and name in self.files:
            return 200, "application/octet-stream", self.files[name]
        if kind == "simple" and name in self.pages:
            return self.pages[name]
        if kind == "simple" and name in self.projects:
            page = {"meta": {"api-version": "1.1"}, "name": name, "files": self.projects[name]}
            return 200, JSON_TYPE, json.dumps(page).encode()
        return 404, "text/plain", b"not here"


def wheel(name: str, version: str, code: str, requires: tuple[str, ...]) -> bytes:
    """The bytes of a pure Python wheel with one module."""
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    content = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def _digest(text: str) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "sha256=" + raw.decode().rstrip("=")


@contextmanager
def serve(index: LocalIndex) -> Iterator[LocalIndex]:
    """Serve the index on a free port of this machine until the context ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if index.down:
                return
            status, kind, body = index.answer(self.path)
            if {self.path.strip("/").rpartition("/")[2], "*"} & index.held:
                index.letting_go.wait()
            with contextlib.suppress(ConnectionError):  # who asked may have been killed
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if index.kept:
                    self.send_header("Cache-Control", "max-age=600")
                if status in BUSY:
                    self.send_header("Retry-After", "10000")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
    try:
        yield index
    finally:
        index.letting_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
