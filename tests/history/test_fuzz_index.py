"""Whatever a package index answers: releases, or one line; never what it had in it."""

from __future__ import annotations

from typing import Any

import fuzz
import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from harness.history import index, releases

FILE = {
    "filename": "tiny-1.0.tar.gz",
    "url": "http://x/tiny-1.0.tar.gz",
    "hashes": {},
    "upload-time": "2025-01-01T12:00:00.5Z",
    "yanked": False,
}
PAGE = {
    "meta": {"api-version": "1.1"},
    "name": "tiny",
    "files": [FILE, FILE | {"filename": "tiny-2.0rc1-py3-none-any.whl"}],
    "versions": ["1.0", "2.0rc1"],
}
TYPES = ("application/vnd.pypi.simple.v1+json", "text/html", "text/plain", "")


class Answers(requests.adapters.BaseAdapter):
    """Every request gets the same answer."""

    def __init__(self, content: bytes, kind: str, status: int) -> None:
        super().__init__()
        self.content, self.kind, self.status = content, kind, status

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response._content, response.status_code = self.content, self.status
        response.headers["Content-Type"] = self.kind
        response.url, response.request = str(request.url), request
        return response

    def close(self) -> None:
        pass


@given(
    content=fuzz.files(PAGE) | st.just(b"<a href='tiny-1.0.tar.gz'>tiny-1.0.tar.gz</a>"),
    kind=st.sampled_from(TYPES),
    status=st.sampled_from([200, 200, 200, 204, 404, 403, 500]),
)
def test_answers(content: bytes, kind: str, status: int) -> None:
    session = requests.Session()
    session.mount("http://", Answers(content, kind, status))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", "http://x/simple")
        patch.setattr(index, "_session", lambda told: session)
        line = fuzz.refusal(lambda: index.ask("tiny", {}))
    assert len(line) < 200


LIST = {
    "package": "tiny",
    "releases": [
        {"version": "2.0", "uploaded": "2025-02-01T12:00:00Z", "yanked": True},
        {"version": "1.0", "uploaded": "2025-01-01T12:00:00Z"},
    ],
}


@example(content=b'{"package": "tiny", "releases": [{"version": ["2"], "uploaded": "2025-01-01"}]}')
@given(content=fuzz.files(LIST))
def test_kept_lists(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed-releases.json"
    path.write_bytes(content)
    line = fuzz.refusal(lambda: releases.read(path, "tiny"))
    assert not line or path.name in line
