"""Where a soak keeps its minutes: files that are each written whole, and the board of counters.

soak.json says what load it is; minutes-00001.jsonl and so on have ROWS minutes each; now.bin is
the board. Whoever finds them can go on where they end, whatever ended the process.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.common.files import parsed, write
from harness.instruments.arrivals import board
from harness.instruments.arrivals.board import Board
from harness.instruments.arrivals.plan import Open, Plan
from harness.tools.load.soak import minutes
from harness.tools.load.soak.minutes import KILLED, WHOLE, Minute, made

FORMAT = 1

ROWS = 60
"""Minutes in a file: as a rule an hour."""


def read(path: Path) -> Iterator[Minute]:
    """The minutes in a folder, one after another. Raises ValueError, one line, if one is broken."""
    for file in sorted(path.glob("minutes-*.jsonl")):
        yield from parsed(file, minutes.read)


def is_over(plan: Plan, position: float, requests: int) -> bool:
    """Whether nothing of a soak is left after so many seconds and requests, sent or given up."""
    arrivals = plan.arrivals
    if isinstance(arrivals, Open):
        return requests >= len(arrivals.due)
    return position >= arrivals.duration - 1e-6


class Folder:
    """A folder of this load, new or to be continued.

    settings: what load it is, as JSON has it. Raises ValueError, one line, if the folder has
    another load, if it cannot be used, or while another process uses it.

    count, position: minutes and seconds of load so far; requests: so many were sent, or given up
    unsent.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.count, self.position, self.requests = 0, 0.0, 0
        self._lines: list[str] = []
        self._is_new = self._identify(json.loads(json.dumps(settings, default=str)))
        self.board = Board(path / "now.bin")
        for minute in read(path):
            self._note(minute)
        self._recover()

    def _identify(self, settings: dict[str, Any]) -> bool:
        about = self.path / "soak.json"
        if about.exists():
            known = parsed(about, json.loads)
            is_ours = isinstance(known, dict) and known.get("format") == FORMAT
            if not (is_ours and isinstance(known.get("settings"), dict)):
                raise ValueError(f"{about} is not of this version: give another folder")
            for name, value in known["settings"].items():
                if (now := settings.get(name)) != value:
                    what = f"--{name.replace('_', '-')} {value} there, {now} here"
                    raise ValueError(f"{self.path} has another soak ({what}): give another folder")
            return False
        try:
            self.path.mkdir(exist_ok=True)
            if any(self.path.iterdir()):
                raise ValueError(f"{self.path} is not empty and has no soak: give another folder")
        except OSError as error:
            raise ValueError(f"{self.path} cannot be made: {error.strerror}") from None
        write(about, json.dumps({"format": FORMAT, "settings": settings}, indent=1) + "\n")
        return True

    def _note(self, minute: Minute) -> None:
        self.count, self.position = minute["minute"], minute["position"]
        self.requests += minute["sent"] + minute["unsent"]
        if len(self._lines) == ROWS:
            self._lines.clear()
        self._lines.append(json.dumps(minute) + "\n")

    def _recover(self) -> None:
        """Make rows of what a killed process had counted and not yet written."""
        left = [slot for slot in self.board.slots if slot.whole[board.NUMBER]]
        left.sort(key=lambda slot: slot.whole[board.NUMBER])
        for slot in left:
            if slot.whole[board.NUMBER] > self.count:
                state = KILLED if slot is left[-1] else WHOLE
                self.add(made(slot, self.board.names, state, None))
            slot.whole[board.NUMBER] = 0

    def add(self, minute: Minute) -> None:
        """Write one more minute. Raises NotWritten if that cannot be."""
        self._note(minute)
        number = (self.count - 1) // ROWS + 1
        write(self.path / f"minutes-{number:05}.jsonl", "".join(self._lines))

    def close(self) -> None:
        """Let another process go on; a new folder without a minute is not left."""
        self.board.close()
        if not self.count and self._is_new:
            for name in ("now.bin", "soak.json"):
                (self.path / name).unlink()
            self.path.rmdir()
