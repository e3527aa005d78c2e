"""Tell asv about this machine once, in fields that stay the same when the kernel is updated.

asv makes every field a dimension of its plots: a changed kernel version would split each
line, and `asv machine` leaves out fields that equal its defaults. So all are set here.
"""

from __future__ import annotations

import platform

import psutil


def describe(name: str | None = None) -> dict[str, str]:
    """asv's fields for this machine; `name` defaults to the host name."""
    from asv.machine import Machine

    defaults = Machine.get_defaults()
    return {
        "machine": name or platform.node() or "machine",
        "os": platform.system(),
        "arch": platform.machine(),
        "cpu": str(defaults["cpu"]),
        "num_cpu": str(psutil.cpu_count(logical=True) or 1),
        "ram": f"{round(psutil.virtual_memory().total / 2**30)} GiB",
    }


def register(name: str | None = None) -> tuple[str, bool]:
    """Make this machine known to asv; returns its name and whether it is new.

    A machine that asv already knows is kept: its results stay on their line. Raises asv's
    UserError if asv's machine file cannot be read.
    """
    from asv.machine import MachineCollection
    from asv.util import UserError

    try:
        return str(MachineCollection.load(name or platform.node())["machine"]), False
    except UserError:
        fields = describe(name)
        MachineCollection.save(fields["machine"], fields)
        return fields["machine"], True
