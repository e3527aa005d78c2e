"""Processes that only count take the same path each time."""

import asyncio
import os
import subprocess
import sys

from harness.instruments.counters import deterministic

LOOKS_THROUGH_ALL = """
import os
from harness.instruments.counters import deterministic
deterministic.prepare()
print(sum(1 for name in os.environ))
"""


def test_the_environment_is_as_large_in_each_terminal():
    command = [sys.executable, "-c", LOOKS_THROUGH_ALL]
    seen = {
        subprocess.run(command, env=os.environ | more, capture_output=True, check=True).stdout
        for more in ({}, {"ONE": "1"}, {f"CI_{number}": "" for number in range(20)})
    }
    assert seen == {f"{deterministic.VARIABLES}\n".encode()}


def test_all_tasks_have_an_order():
    async def found():
        others = [asyncio.create_task(asyncio.sleep(0)) for _ in range(30)]
        names = [task.get_name() for task in deterministic._all_tasks()]
        await asyncio.gather(*others)
        return names[1:], [task.get_name() for task in others]

    seen, made = asyncio.run(found())
    assert seen == made
