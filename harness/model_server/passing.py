"""What is noted of a model call that a proxy passes on: moments and tokens, and no text."""

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from harness.common import files

LARGEST = 16 * 1024 * 1024
"""Bytes of a reply, or of an event of one, that are looked at for tokens."""

LAST = (b"data: [DONE]", b"data:[DONE]", b"event: response.completed")
"""The last line of a stream: of chat completions, of responses."""

Tokens = tuple[int, int]
"""Of a prompt and of its reply."""


class Reply:
    """A reply as it passes, whole or (stream) as server-sent events.

    first: the moment of its first token, None of a whole one. tokens: as its usage says, or None.
    is_whole: whether all of it has come, as its last event says, or who calls `end`.
    """

    def __init__(self, stream: bool) -> None:
        self.first: float | None = None
        self.tokens: Tokens | None = None
        self.is_whole = False
        self._stream = stream
        self._rest = bytearray()

    def add(self, data: bytes, moment: float) -> None:
        """A part of it has come."""
        if len(self._rest) <= LARGEST:
            self._rest += data
        if self._stream:
            *lines, rest = self._rest.split(b"\n")
            self._rest = rest
            for line in lines:
                self.is_whole = self.is_whole or line.strip() in LAST
                if line.startswith(b"data:") and (self.first is None or b'"usage"' in line):
                    self._look(bytes(line[5:]), moment)

    def end(self) -> None:
        """All of it has come."""
        if not self._stream:
            self._look(bytes(self._rest), None)
        self._rest.clear()
        self.is_whole = True

    def _look(self, text: bytes, moment: float | None) -> None:
        with contextlib.suppress(ValueError, RecursionError):
            document = json.loads(text)
            self.tokens = _tokens(document) or self.tokens
            if self.first is None and moment is not None and _has_text(document):
                self.first = moment


def _tokens(document: Any) -> Tokens | None:
    """What usage says: of chat completions, of responses, or of the event that ends one."""
    for holder in (document, document.get("response")) if isinstance(document, dict) else ():
        usage = holder.get("usage") if isinstance(holder, dict) else None
        if isinstance(usage, dict):
            given = usage.get("prompt_tokens", usage.get("input_tokens"))
            made = usage.get("completion_tokens", usage.get("output_tokens"))
            if isinstance(given, int) and isinstance(made, int) and min(given, made) >= 0:
                return int(given), int(made)
    return None


def _has_text(document: Any) -> bool:
    """Whether an event brings some of the reply: a text, a call of a tool, a thought."""
    if not isinstance(document, dict):
        return False
    if str(document.get("type", "")).endswith(".delta"):
        return bool(document.get("delta"))
    choices = document.get("choices")
    deltas = (
        [each.get("delta") for each in choices if isinstance(each, dict)]
        if isinstance(choices, list)
        else []
    )
    return any(
        value and name != "role"
        for delta in deltas
        if isinstance(delta, dict)
        for name, value in delta.items()
    )


class Lines:
    """A file to which JSON lines are added, each at once and whole: Ctrl-C leaves no half of one.

    Raises ValueError, one line, if they cannot be added there.
    """

    def __init__(self, path: str | Path, mode: int = 0o666) -> None:
        self.path = path
        if files.standard(path) is not None:
            raise ValueError(f"{path} is no file to add lines to")
        files.writable(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode)
        except OSError as error:
            raise ValueError(f"{path} cannot be written: {error.strerror}") from None
        about = os.fstat(self._file)
        end = os.pread(self._file, 1, max(0, about.st_size - 1)) if about.st_size else b"\n"
        begin = os.pread(self._file, 1, 0) if about.st_size else b"{"
        if not stat.S_ISREG(about.st_mode) or (begin, end) != (b"{", b"\n"):
            os.close(self._file)
            raise ValueError(f"{path} has something else than JSON lines: give another file")

    def add(self, document: object) -> None:
        """Raises ValueError, one line, if it does not fit; the file is then as it was."""
        line = json.dumps(document).encode() + b"\n"
        before = os.fstat(self._file).st_size
        try:
            if os.write(self._file, line) < len(line):
                os.ftruncate(self._file, before)
                raise ValueError(f"{self.path} cannot be written: No space left on device")
        except OSError as error:
            raise ValueError(f"{self.path} cannot be written: {error.strerror}") from None
