"""Which machine this is, in asv's terms. asv learns it once, from the verb `machine`.

asv makes every field a dimension of its plots: a changed kernel version would split each
line, and `asv machine` leaves out fields that equal its defaults. So all are set here, and none
that an update changes.
"""

import argparse
import contextlib
import platform
import re

import psutil
from asv.machine import Machine, MachineCollection
from asv.util import UserError

EXACT = "exact-"
"""How the name under which exact results stand begins; the architecture follows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="name in the results (default: the host name)")
    parser.set_defaults(run=_machine)


def _machine(arguments: argparse.Namespace) -> None:
    name, new = register(arguments.name)
    print(f"machine {name}: {'now known to asv' if new else 'already known to asv'}")


def this() -> str:
    """The name under which asv stores the results of this machine."""
    name = str(Machine.get_unique_machine_name())
    try:
        return str(MachineCollection.load(name)["machine"])
    except UserError:  # there is no such machine, or no readable file
        return name


def describe(name: str | None = None) -> dict[str, str]:
    """asv's fields for this machine; `name` defaults to the host name."""
    fields = {key: str(value) for key, value in Machine.get_defaults().items()}
    ram = f"{round(psutil.virtual_memory().total / 2**30)} GiB"
    known = {"machine": name or fields["machine"] or "machine", "os": platform.system(), "ram": ram}
    return fields | known


def exact() -> dict[str, str]:
    """asv's fields of any machine with this architecture and operating system.

    What is counted, and virtual time, is the same on all of them with one Python: its minor
    version is in the environment's name, its patch version in the list of what was installed.
    """
    os, arch = platform.system(), platform.machine()
    name = f"{EXACT}{arch}" + f"-{os.lower()}" * (os != "Linux")
    any_of_them = dict.fromkeys(("cpu", "num_cpu", "ram"), "any")
    return {"machine": name, "os": os, "arch": arch, **any_of_them}


def is_exact(name: str) -> bool:
    """Whether a name stands for all machines that count the same."""
    return name.startswith(EXACT)


def register(name: str | None = None) -> tuple[str, bool]:
    """Make this machine known to asv; returns its name and whether it is new.

    A machine that asv already knows is kept: its results stay on their line. Raises ValueError
    if asv's machine file cannot be read.
    """
    if name and not re.fullmatch(r"[\w .+-]{1,100}", name, re.ASCII):
        raise ValueError(f"a machine is named with letters, digits, blanks and ._+-, not {name!r}")
    with contextlib.suppress(UserError):
        return str(MachineCollection.load(name or platform.node())["machine"]), False
    fields = describe(name)
    try:
        MachineCollection.save(fields["machine"], fields)
    except UserError as error:
        raise ValueError(" ".join(str(error).split())) from None
    return fields["machine"], True
