"""`@monitored`: functions and methods of every kind are watched and return what they return."""

import asyncio
import functools
import time

import pytest

from harness.instruments.resources.decorator import monitored


def test_functions_are_monitored_and_return_what_they_return(capsys):
    seen = []

    @monitored(interval=0.01, report=seen.append)
    async def waits():
        await asyncio.sleep(0.05)
        return "done"

    @monitored
    def fails():
        raise KeyError("no")

    assert asyncio.run(waits()) == "done"
    assert seen[0].summary["seconds"] >= 0.05
    with pytest.raises(KeyError):
        fails()
    assert "fails: " in capsys.readouterr().err
    for what in (property(len), functools.partial(len), classmethod(property(len)), int):
        with pytest.raises(TypeError, match="functions and methods can be measured"):
            monitored(what)


def test_methods_of_classes_and_what_runs_later_are_monitored():
    seen = []
    watch = monitored(interval=0.01, report=seen.append)

    class Tool:
        @watch
        @classmethod
        def made(cls, x):
            return cls, x

        @watch
        @staticmethod
        def plain(x):
            return x

        @staticmethod
        @watch
        def hidden(x):
            return asyncio.sleep(0.05, x)

        @watch
        def numbers(self):
            for number in range(2):
                time.sleep(0.025)
                yield number

    assert Tool.made(1) == Tool().made(1) == (Tool, 1)
    assert Tool.plain(1) == Tool().plain(1) == 1
    assert len(seen) == 4
    assert asyncio.run(Tool.hidden(2)) == 2
    assert list(Tool().numbers()) == [0, 1]
    assert len(seen) == 6 and all(monitor.summary["seconds"] > 0.04 for monitor in seen[4:])
