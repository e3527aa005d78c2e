"""Figures, each declared once.

    class Counted(Tracked):
        axes = {"runtime": RUNTIMES, "entry": ENTRIES}
        track_calls = counted("calls_run.calls", "Python calls of one run, over all threads.")

For asv this is a class with `params`, `param_names` and a method `track_calls(self, measured,
runtime, entry)`, which returns a figure of the measure `calls_run` (a function of
`harness.measures`). What `session` measures and what the method looks up come from the same line,
and asv keeps it with the benchmark (`measure`, `figure`, `fixed`,
`renamed`, `grade`, `exact`).
"""

import importlib
import itertools
import math
import os
import pkgutil
import sys
from dataclasses import replace
from functools import partial

from asv_runner.benchmarks.mark import SkipNotImplemented

from harness.common import PROTOCOL, asked
from harness.instruments.arrivals import drivers
from harness.measures.servers import shared
from harness.session.session import SESSION_SECONDS, cell, measure

RUNTIME = os.environ.get("AGENT_RUNTIME", "floor")
RUNTIMES = [RUNTIME] if RUNTIME == "floor" else [RUNTIME, "floor"]
ENTRIES = list(drivers.ENTRIES)
TOOL_ROUNDS = [0, 3]


def version(own):
    """A benchmark's version: its own number and the protocol of the harness."""
    return f"{own} (protocol {PROTOCOL})"


SAMPLED = "in forks"  # part of the version of figures that are sampled: how processes come to be


def skip(reason):
    """Leave the benchmark as n/a; the reason goes to its captured output, kept as a note."""
    print(f"n/a: {reason}", file=sys.stderr, flush=True)
    raise SkipNotImplemented(str(reason))


def tidy(value):
    """Five significant digits, as much as any table can show; NaN for what is not finite."""
    return float(f"{value:.5g}") if math.isfinite(value) else math.nan


# How the samples of a figure, one per process, are handed to asv; `min` and `max` do, too.


def samples(values):
    """All of them: asv adds an interval and tests differences with them."""
    return {"samples": [tidy(value) for value in values], "number": 1}


def exact(values):
    """One number, compared exactly, because it has no noise: one process is enough."""
    (value,) = values
    return float(value) if math.isfinite(value) else math.nan


def pooled(rates, runs):
    """Of all runs of all processes; asv's `number` keeps how many there were."""
    failed = sum(rate * many for rate, many in zip(rates, runs, strict=True))
    return {"samples": [failed / sum(runs)], "number": int(sum(runs))}


def tracked(what, says, unit="seconds", grade="absolutes", read=samples, quick=False, **fixed):
    """A `track_` benchmark. what: "measure.figure"; says: what is measured, in one sentence.

    grade: "counts", "virtual", "ratios" or "absolutes"; read: what asv gets of the samples (of
    several figures: "measure.figure.another"); fixed: arguments of the measure. quick: measured in
    a run for counts, too, though it is not exact.
    """
    measure, figure, *others = what.split(".")

    def track(self, measured, *values):
        try:
            named = dict(zip(self.axes, values, strict=True))
            cell = self.cell(track, named)
            return read(*(measured.samples(cell, each) for each in (figure, *others)))
        except NotImplementedError as reason:
            skip(reason)

    track.__doc__, track.unit, track.grade, track.read = says, unit, grade, read
    track.measure, track.figure, track.fixed = measure, figure, fixed
    track.exact = read is exact
    track.quick = quick or track.exact
    return track


def counted(what, says, unit=None, read=exact, quick=False, **fixed):
    """A count; its unit is the figure's name, unless another is given."""
    return tracked(what, says, unit or what.partition(".")[2], "counts", read, quick, **fixed)


def size(what, says, read=samples, **fixed):
    """A number of bytes."""
    return tracked(what, says, "bytes", "absolutes", read, **fixed)


def ratio(what, says, unit, **fixed):
    """A ratio, of times that were taken in turn in one process."""
    return tracked(what, says, unit, "ratios", **fixed)


def virtual(what, says, unit="seconds", **fixed):
    """A figure of virtual time."""
    return tracked(what, says, unit, "virtual", exact, **fixed)


class Parametrized:
    """Base of all benchmarks with parameters. axes: {parameter: values}."""

    axes = {}
    version = version(1)

    def __init_subclass__(cls):
        cls.params, cls.param_names = list(cls.axes.values()), list(cls.axes)


class Tracked(Parametrized):
    """Base of classes with tracked figures; each file has its own `setup_cache`.

    fixed: arguments of all measures of the class; renamed: {parameter: argument} where the measure
    has another name for it; scripts: those that model servers answer meanwhile; beyond: the
    parameter that figures near zero are beyond, in per cent of which a change is told. Without an
    axis "runtime", the runtime under test is measured.
    """

    fixed = {}
    renamed = {}
    scripts = ()
    beyond = None

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "setup_cache" in vars(cls):  # longer than its sessions give themselves
            vars(cls)["setup_cache"].__dict__.setdefault("timeout", 2 * SESSION_SECONDS)
        for name, track in cls.figures():
            track.fixed, track.renamed = cls.fixed | track.fixed, cls.renamed
            track.beyond = cls.beyond
            if not track.exact:
                track.version = f"{getattr(track, 'version', cls.version)}, {SAMPLED}"
            track.__name__, track.__qualname__ = name, f"{cls.__qualname__}.{name}"
            arguments = [f"{cls.renamed.get(axis, axis)}={axis}" for axis in cls.axes]
            arguments += [f"{key}={value!r}" for key, value in track.fixed.items()]
            # What asv's pages show as the benchmark's code.
            track.pretty_source = (
                f"def {name}({', '.join(['self', 'measured', *cls.axes])}):\n"
                f'    """{track.__doc__}"""\n'
                f'    {track.measure}({", ".join(arguments)})["{track.figure}"]'
            )

    @classmethod
    def figures(cls):
        """(name, benchmark) of each figure that the class declares."""
        return [(name, each) for name, each in vars(cls).items() if hasattr(each, "measure")]

    @classmethod
    def asv_name(cls, track):
        """What asv calls a figure of this class."""
        module = cls.__module__.partition(".")[2]
        return getattr(track, "benchmark_name", f"{module}.{track.__qualname__}")

    @classmethod
    def cell(cls, track, named):
        """What is measured for a benchmark with these parameters."""
        arguments = {cls.renamed.get(axis, axis): named[axis] for axis in named} | track.fixed
        return cell(track.measure, arguments.pop("runtime", RUNTIME), **arguments)

    @classmethod
    def cells(cls, is_exact):
        """What is measured for the exact figures, or for the others: runtimes side by side."""
        order = sorted(cls.axes, key="runtime".__eq__)  # the last one varies fastest
        for _, track in cls.figures():
            if track.exact == is_exact and asked.benchmark(cls.asv_name(track)):
                for values in itertools.product(*(cls.axes[axis] for axis in order)):
                    yield cls.cell(track, dict(zip(order, values, strict=True)))

    @classmethod
    def all_cells(cls):
        """What is measured for all its figures."""
        return [*cls.cells(False), *cls.cells(True)]


def session(*classes):
    """Measure what these classes declare; in an asv run, what all files declare, once."""
    wanted = every_class() if asked.folder() else classes
    sampled, exactly = by_file(wanted, False), by_file(wanted, True)
    scripts = dict.fromkeys(one for each in wanted if each.all_cells() for one in each.scripts)
    measured = measure(sampled, exactly, serving=partial(shared, *scripts))
    kept = {one for each in classes for one in each.all_cells()}
    return replace(measured, outcomes={one: measured.outcomes[one] for one in kept})


def every_class():
    """The classes with tracked figures, of all files."""
    files = pkgutil.iter_modules([os.path.dirname(__file__)], f"{__package__}.")
    found = [one for file in files for one in vars(importlib.import_module(file.name)).values()]
    return [one for one in found if isinstance(one, type) and issubclass(one, Tracked)]


def by_file(classes, is_exact):
    """Lists of what is measured for the exact figures, or the others: each cell once."""
    files = {}
    for each in classes:
        for one in each.cells(is_exact):
            files.setdefault(one, each.__module__)
    return [list(cells) for _, cells in itertools.groupby(files, files.get)]
