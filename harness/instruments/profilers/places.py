"""Where code comes from: the framework, its dependencies, Python itself, or the harness."""

from __future__ import annotations

import importlib.metadata
import inspect
import linecache
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import CodeType
from typing import Any

from harness.instruments.frames import HARNESS, LIBRARY, PACKAGES, prefixes
from harness.runtimes.base import Runtime

Row = dict[str, Any]

_BUILT_IN = re.compile(r"<(?:built-in method|method '.*' of '|slot wrapper '.*' of ')\s?([\w.]+)")


BUILT_IN = "<built-in>"
"""What pyinstrument gives as the file of a C function."""

WAITING = "waiting (awaits, sleeps, the event loop's select)"
"""Stands for the file where nothing runs."""

_WAITING = re.compile(
    r"<(built-in method (time\.sleep|select\.select|posix\.waitpid)"
    r"|method '(acquire|__enter__|get|poll|control|select|recv.*|accept|connect)' of "
    r"'(_thread\.|_queue\.|select\.|_socket\.))"
)


@dataclass(frozen=True)
class Place:
    """Whose code it is; package: name of the distribution; path: short, without a machine.

    group: framework, dependency, stdlib, harness; other: your own modules, and code made at run
    time (<string>); waiting: C functions that wait for a lock, a queue, a timer or the network.
    """

    group: str
    package: str
    path: str


class Places:
    """Tells the place of a file or of a C function, for one runtime.

    The framework is the distribution `runtime.package` and whatever the runtime imports; for
    a runtime without a distribution, the file that defines it. The scripted model, the drivers
    and the adapters are the harness.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._name = runtime.package or runtime.name
        self._distribution = runtime.package.lower().replace("_", "-")
        self._modules = [name.partition(".")[0] for name in runtime.imports if runtime.package]
        own = sys.modules[type(runtime).__module__].__file__ or ""
        self._own = "" if runtime.package else own
        self._known: dict[str, Place] = {}

    def of(self, file: str) -> Place:
        """The place of a file name, as code objects have it, or of a C function's label."""
        if file not in self._known:
            label = file.startswith("<") or file == WAITING
            self._known[file] = self._built_in(file) if label else self._find(file)
        return self._known[file]

    def row(self, name: str, file: str, **figures: Any) -> Row:
        """function: `qualified name (path)`, the same over releases and machines; whose; figures.

        Without a name, `file` is the label of a C function.
        """
        where = self.of(file)
        function = f"{name} ({where.path})" if name else file
        return {"function": function, "group": where.group, "package": where.package, **figures}

    def node(
        self,
        name: str,
        file: str,
        line: int,
        seconds: float,
        children: Iterable[Row | None],
    ) -> Row:
        """A node of a tree, without the children that are None; line 0 is not shown."""
        where = self.of(file)
        place = f"{where.path}:{line}" if line else where.path
        return {
            "name": f"{name} ({place})" if name else file,
            "group": where.group,
            "package": where.package,
            "seconds": seconds,
            "children": sorted(filter(None, children), key=lambda child: -child["seconds"]),
        }

    def _find(self, file: str) -> Place:
        if file == self._own:
            return Place("framework", self._name, _tail(file))
        for root in self._framework_folders:
            if file.startswith(root):
                return Place("framework", self._name, _beside(file, root))
        for prefix in PACKAGES:
            if file.startswith(prefix):
                path = file[len(prefix) :]
                return self._installed(path.partition("/")[0].removesuffix(".py"), path)
        for prefix in HARNESS:
            if file.startswith(prefix):
                return Place("harness", "harness", "harness/" + file[len(prefix) :])
        for prefix in LIBRARY:
            if file.startswith(prefix):
                return Place("stdlib", "Python", file[len(prefix) :])
        return Place("other", "own code", _tail(file))

    def agents(self, agent: object) -> list[str]:
        """Names of the framework's classes of agents: of `agent`, an adapter's, or in it."""
        held = [agent, *getattr(agent, "__dict__", {}).values()]
        kinds = {kind for each in held for kind in type(each).__mro__ if "Agent" in kind.__name__}
        return sorted(kind.__qualname__ for kind in kinds if self._is_frameworks(kind))

    def _is_frameworks(self, kind: type) -> bool:
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        return bool(file) and self.of(str(file)).group == "framework"

    @cached_property
    def _framework_folders(self) -> tuple[str, ...]:
        """Folders of the imported packages: an editable install is not in site-packages."""
        modules = [sys.modules.get(name) for name in self._modules]
        return prefixes(*(path for module in modules for path in getattr(module, "__path__", [])))

    @cached_property
    def _distributions(self) -> dict[str, str]:
        found = importlib.metadata.packages_distributions()
        return {module: names[0] for module, names in found.items()}

    def _installed(self, module: str, path: str) -> Place:
        name = self._distributions.get(module, module)
        mine = bool(self._distribution) and name.lower().replace("_", "-") == self._distribution
        return Place("framework" if mine else "dependency", name, path)

    def _built_in(self, label: str) -> Place:
        if label == BUILT_IN:
            return Place("stdlib", "Python", "C")
        if label.startswith("<frozen "):
            return Place("stdlib", "Python", label)
        if label == WAITING or _WAITING.match(label):
            return Place("waiting", "waiting", label)
        match = _BUILT_IN.match(label)
        module = match.group(1).partition(".")[0] if match and "." in match.group(1) else ""
        if module and module in self._distributions and module not in sys.stdlib_module_names:
            return self._installed(module, "C")
        if label == "<string>" or (label.startswith("<") and not match):
            return Place("other", "code made at run time", label)
        return Place("stdlib", "Python", "C")


def _beside(file: str, root: str) -> str:
    return f"{Path(root).name}/{file[len(root) :]}"


def _tail(file: str) -> str:
    """File name with its folder: says enough, and nothing of the machine."""
    return "/".join(Path(file).parts[-2:])


def summed(rows: Iterable[Row], *figures: str) -> list[Row]:
    """Rows of one function as one, with these figures added up; most `own` time first."""
    found: dict[str, Row] = {}
    for row in rows:
        first = found.setdefault(row["function"], row)
        if first is not row:
            first.update({figure: first[figure] + row[figure] for figure in figures})
    return sorted(found.values(), key=lambda row: (-row["own"], row["function"]))


def function_at(file: str, line: int, otherwise: str = "<module>") -> str:
    """Qualified name of the function that a line is in, as code objects have it."""
    return _names(file).get(line, otherwise)


@cache
def _names(file: str) -> dict[int, str]:
    """Qualified name of the innermost function of each line of a file."""
    names: dict[int, str] = {}

    def note(code: CodeType, name: str) -> None:
        if not code.co_name.startswith("<") and code.co_flags & inspect.CO_OPTIMIZED:
            name = code.co_qualname  # a function, no class and no comprehension
        if name:
            names.update((line, name) for *_, line in code.co_lines() if line)
        for each in code.co_consts:
            if isinstance(each, CodeType):
                note(each, name)

    try:
        note(compile("".join(linecache.getlines(file)), file, "exec", dont_inherit=True), "")
    except (SyntaxError, ValueError):
        return {}
    return names
