"""The agents GreenLang ships, as data in shipped.json.

Every call repeats one input. Nothing in GreenLang keeps results: FuelAgent and BoilerAgent keep
only the emission factor they looked up (an `lru_cache` keyed by agent, fuel, unit and country),
as they would for a user who works through many bills of the same fuel. Their `cache_hits` stays
0 in 0.2.0 to 0.3.0, because nothing is ever put into the cache it counts.

AsyncFuelAgentAI asks GreenLang's own FakeProvider, whose recorded calls are of another bill.
"""

from __future__ import annotations

import logging
from pathlib import Path

from harness.runtimes.base import Shipped
from harness.runtimes.kit import shipped

DATA = Path(__file__).with_name("shipped.json")
# Suffix of a name -> method, and whether it takes a list of inputs.
_ENTRY_POINTS = {
    "batch": ("batch_process", True),
    "async_run": ("async_run", False),
    "async_batch": ("async_batch_process", True),
}


def build(name: str, release: str) -> Shipped:
    """The entry point `name` on a new agent; see `kit.shipped.build`."""
    logger = logging.getLogger("greenlang")
    if "." in name and not logger.handlers:
        # FuelAgent and BoilerAgent share a tracker among their threads, and it can warn of that.
        # For warnings only: making the records costs what it costs a user.
        logger.addHandler(logging.NullHandler(logging.WARNING))
    return shipped.build(DATA, name, release, _ENTRY_POINTS)
