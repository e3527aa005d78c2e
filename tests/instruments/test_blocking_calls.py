"""Calls that block a loop are named without any clock."""

import asyncio
import os
import subprocess
import sys
import time
from time import sleep as imported_sleep

import pytest

from harness.instruments.event_loop.blocking import BlockingCalls

HERE = os.path.basename(__file__)


def line_of(function, below=1):
    return f"{HERE}:{function.__code__.co_firstlineno + below}"


def calls_of(work):
    async def main():
        with BlockingCalls() as blocking:
            await work()
        return blocking

    return asyncio.run(main())


async def sleeps():
    time.sleep(0.001)


async def sleeps_by_another_name():
    imported_sleep(0.001)


async def starts_a_process():
    subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.parametrize(
    ("work", "event"),
    [
        (sleeps, "time.sleep"),
        (sleeps_by_another_name, "time.sleep"),
        (starts_a_process, "subprocess.Popen"),
    ],
)
def test_a_blocking_call_is_named_however_short(work, event):
    (call,) = calls_of(work).waits()
    assert call.event == event and line_of(work) in call.place and work.__name__ in call.place


def test_calls_that_do_not_block_the_loop_are_not_counted(tmp_path):
    async def clean():
        await asyncio.sleep(0.001)
        time.sleep(0)
        await asyncio.to_thread(time.sleep, 0.001)
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        server.close()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        await process.wait()

    assert not calls_of(clean).waits()


def test_files_are_told_and_not_held_against_anybody(tmp_path):
    async def reads():
        (tmp_path / "file").write_text("x")

    blocking = calls_of(reads)
    assert not blocking.waits()
    assert [call.event for call in blocking.calls] == ["open"]


def test_nothing_is_counted_or_changed_outside_of_it():
    before = time.sleep

    async def main():
        with BlockingCalls() as blocking:
            pass
        time.sleep(0.001)
        return blocking

    assert not asyncio.run(main()).calls
    assert time.sleep is before and imported_sleep is before
    with BlockingCalls() as blocking:
        time.sleep(0.001)  # no loop runs here
    assert not blocking.calls
