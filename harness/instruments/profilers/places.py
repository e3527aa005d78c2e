"""Where code comes from: the framework, its dependencies, Python itself, or the harness.

Functions are called what `counters.functions` calls them in the tables beside results.
"""

import importlib.metadata
import inspect
import linecache
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from types import CodeType
from typing import Any, NamedTuple

from harness.instruments.counters.functions import package_of, path_of
from harness.instruments.frames import HARNESS, LIBRARY, PACKAGES
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


class Place(NamedTuple):
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
        self._package, self._name = runtime.package, runtime.package or runtime.name
        self._modules = {name.partition(".")[0] for name in runtime.imports if runtime.package}
        own = sys.modules[type(runtime).__module__].__file__
        self._own = "" if runtime.package else own
        self.of = cache(self._of)

    def _of(self, file: str) -> Place:
        """The place of a file name, as code objects have it, or of a C function's label."""
        if file.startswith("<") or file == WAITING:
            return self._labelled(file)
        path = path_of(file)
        for module in self._modules:  # an editable install is not on the search path
            for folder in getattr(sys.modules.get(module), "__path__", ()):
                if file.startswith(f"{folder}/"):
                    return Place("framework", self._name, module + file.removeprefix(folder))
        if file == self._own:
            return Place("framework", self._name, path)
        if file.startswith(PACKAGES):
            return self._installed(package_of(path), path)
        if file.startswith(HARNESS):
            return Place("harness", "harness", path)
        if file.startswith(LIBRARY):
            return Place("stdlib", "Python", path)
        return Place("other", "own code", path)

    def _installed(self, module: str, path: str) -> Place:
        name = self._distributions.get(module, [module])[0]
        mine = module in self._modules or name == self._package
        return Place("framework" if mine else "dependency", name, path)

    @cached_property
    def _distributions(self) -> Any:
        return importlib.metadata.packages_distributions()

    def _labelled(self, label: str) -> Place:
        if label == WAITING or _WAITING.match(label):
            return Place("waiting", "waiting", label)
        if label.startswith("<frozen "):
            return Place("stdlib", "Python", label)
        function = _BUILT_IN.match(label)
        if not function and label != BUILT_IN:
            return Place("other", "code made at run time", label)
        module, dot, _ = function[1].partition(".") if function else ("", "", "")
        if dot and module in self._distributions and module not in sys.stdlib_module_names:
            return self._installed(module, "C")
        return Place("stdlib", "Python", "C")

    def agents(self, agent: object) -> list[str]:
        """Names of the framework's classes of agents: of `agent`, an adapter's, or in it."""
        kinds = {kind for each in (agent, *vars(agent).values()) for kind in type(each).__mro__}
        files = {kind: getattr(sys.modules.get(kind.__module__), "__file__", "") for kind in kinds}
        return sorted(
            kind.__qualname__
            for kind, file in files.items()
            if "Agent" in kind.__name__ and file and self.of(file).group == "framework"
        )

    def row(self, name: str, file: str, **figures: Any) -> Row:
        """function: `qualified name (path)`, the same over releases and machines; whose; figures.

        Without a name, `file` is the label of a C function.
        """
        group, package, path = self.of(file)
        function = f"{name} ({path})" if name else file
        return {"function": function, "group": group, "package": package, **figures}

    def node(
        self, name: str, file: str, line: int, seconds: float, children: Iterable[Row | None]
    ) -> Row:
        """A node of a tree, without the children that are None; line 0 is not shown."""
        group, package, path = self.of(file)
        return {
            "name": f"{name} ({path}{f':{line}' if line else ''})" if name else file,
            "group": group,
            "package": package,
            "seconds": seconds,
            "children": sorted(filter(None, children), key=lambda child: -child["seconds"]),
        }


def summed(rows: Iterable[Row], *figures: str, by: Sequence[str] = ("function",)) -> list[Row]:
    """Rows alike in the fields `by` as one, with these figures added up; most `own` time first."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        first = found.setdefault(tuple(row[field] for field in by), row)
        if first is not row:
            first.update({figure: first[figure] + row[figure] for figure in figures})
    return [row for _, row in sorted(found.items(), key=lambda item: (-item[1]["own"], item[0]))]


@cache
def functions_of(file: str) -> dict[int, str]:
    """Qualified name, as code objects have it, of the innermost function of each line of a file."""
    source = "".join(linecache.getlines(file))
    try:
        todo = [(compile(source, file, "exec", dont_inherit=True), "")]
    except (SyntaxError, ValueError):
        return {}
    names: dict[int, str] = {}
    for code, name in todo:  # grows meanwhile: what is within comes later
        if not code.co_name.startswith("<") and code.co_flags & inspect.CO_OPTIMIZED:
            name = code.co_qualname  # a function, no class and no comprehension
        if name:
            names.update((line, name) for *_, line in code.co_lines() if line)
        todo += [(each, name) for each in code.co_consts if isinstance(each, CodeType)]
    return names
