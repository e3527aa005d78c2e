"""Tell asv about this machine once, in fields that stay the same when the kernel is updated.

asv makes every field a dimension of its plots: a changed kernel version would split each
line, and `asv machine` leaves out fields that equal its defaults. So all are set here.
"""

from __future__ import annotations

import argparse
import platform

import psutil


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `machine`."""
    parser.add_argument("--name", help="name in the results (default: the host name)")
    parser.set_defaults(run=_machine)


def _machine(arguments: argparse.Namespace) -> None:
    name, new = register(arguments.name)
    print(f"machine {name}: {'now known to asv' if new else 'already known to asv'}")


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

    A machine that asv already knows is kept: its results stay on their line. Raises ValueError
    if asv's machine file cannot be read.
    """
    from asv.machine import MachineCollection
    from asv.util import UserError

    try:
        return str(MachineCollection.load(name or platform.node())["machine"]), False
    except UserError:  # there is no such machine, or no readable file
        fields = describe(name)
    try:
        MachineCollection.save(fields["machine"], fields)
    except UserError as error:
        raise ValueError(" ".join(str(error).split())) from None
    return fields["machine"], True
