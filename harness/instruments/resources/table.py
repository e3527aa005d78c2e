"""A summary for people: one line, or a small table."""

from __future__ import annotations

from typing import Any

MIB = 2**20


def _number(value: float | None, scale: float = 1.0, digits: int = 1) -> str:
    return "n/a" if value is None else f"{value / scale:.{digits}f}"


def line(summary: dict[str, Any]) -> str:
    """The figures most asked for, in one line."""
    cpu, rss = summary["cpu"], summary["rss"] or {}
    return (
        f"{_number(summary['seconds'], digits=3)} s, CPU {_number(cpu['seconds'], digits=3)} s"
        f" (mean {_number(cpu['mean_percent'])} %, peak {_number(cpu['peak_percent'])} %),"
        f" RSS {_number(rss.get('peak'), MIB)} MiB peak,"
        f" {_number(rss.get('last', 0) - rss.get('first', 0), MIB)} MiB kept"
    )


def table(summary: dict[str, Any]) -> str:
    """All of a summary, a line a quantity."""
    cpu, own = summary["cpu"], summary["monitor"]
    lines = [
        f"{'seconds':<22}{_number(summary['seconds'], digits=3):>12}"
        f"   ({summary['samples']} samples, {summary['missed']} missed)",
        f"{'CPU seconds':<22}{_number(cpu['seconds'], digits=3):>12}"
        f"   (mean {_number(cpu['mean_percent'])} %, peak {_number(cpu['peak_percent'])} %"
        " of a core)",
        "",
        f"{'':<22}{'first':>12}{'last':>12}{'mean':>12}{'peak':>12}",
    ]
    for name in ("rss", "uss", "vms"):
        lines.append(_gauge(f"{name.upper()} MiB", summary[name], MIB))
    for name in ("threads", "descriptors", "processes"):
        lines.append(_gauge(name, summary[name], 1.0))
    lines.append("")
    for name, value in summary["counts"].items():
        lines.append(f"{name.replace('_', ' '):<22}{_number(value, digits=0):>12}")
    lines += [
        "",
        f"the monitor itself, in a {own['where']}: {_number(own['cpu_seconds'], digits=3)} CPU"
        f" seconds, {_number(own['percent_of_a_core'], digits=2)} % of a core",
    ]
    return "\n".join(lines)


def _gauge(name: str, gauge: dict[str, float] | None, scale: float) -> str:
    values = [None] * 4 if gauge is None else [gauge[k] for k in ("first", "last", "mean", "peak")]
    return f"{name:<22}" + "".join(f"{_number(value, scale):>12}" for value in values)
