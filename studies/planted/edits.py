"""Edits of the clean package's text, and where they are made."""

from __future__ import annotations

from dataclasses import dataclass

AGENT, SCHEMAS, WORKFLOW = "agent.py", "schemas.py", "workflow.py"


@dataclass(frozen=True)
class Edit:
    """In `file`, `old` becomes `new`; it must be there exactly `times` times."""

    file: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Defect:
    """One defect. expected: names of benchmarks of which at least one must show it.

    cost: by how much it makes runs slower, as a fraction of a run's executed lines; else 0.
    """

    tag: str
    what: str
    size: str
    expected: tuple[str, ...]
    edits: tuple[Edit, ...]
    cost: float = 0.0


def lines(depth: int, *lines: str) -> str:
    return "".join(f"{'    ' * depth}{line}\n" for line in lines)


def extra_work(steps: int, depth: int, state: str) -> str:
    """The clean package's own kind of work, once more."""
    loop = (f"for extra in range({steps}):", f"    {state} = {state} * 31 + extra")
    return lines(depth, f"{state} = 0", *loop, f"    {state} &= 0xFFFF")


CHECKED = lines(3, "history.append((number, answer.text, check(answer.text)))")
BUILT = lines(2, 'self.schema = describe("tool")')
NUMBERED = lines(2, "number = next(self._runs)")
RUN = lines(2, "return self._converse(prompt, number)")
ARUN = lines(2, "return await self._aconverse(prompt, number)")
IMPORTS = "import itertools\n"
PERFORM = lines(3, "for need in self.needs[name]:")
GROUP = lines(
    2,
    "async with asyncio.TaskGroup() as group:",
    "    for name in self.needs:",
    "        tasks[name] = group.create_task(perform(name))",
)


def after(file: str, old: str, new: str, times: int = 1) -> Edit:
    return Edit(file, old, old + new, times)


def imports(*modules: str) -> Edit:
    return Edit(AGENT, IMPORTS, "".join(f"import {m}\n" for m in sorted((*modules, "itertools"))))


def in_run(only: str, line: str) -> Edit:
    """A line between the numbering of a run and the run itself, in one entry."""
    return Edit(AGENT, NUMBERED + only, NUMBERED + line + only)


def in_both(line: str) -> Edit:
    return after(AGENT, NUMBERED, line, times=2)
