"""What is common to the tests of `harness load`."""

import json

from places import ROOT

SCHEMA = json.loads((ROOT / "docs" / "load-schema.json").read_text())
QUICK = ["--rate", "100", "--duration", "0.4s"]


def measured(status, data):
    """A load that was made, whatever a busy machine made of it."""
    assert status in (0, 1)
    assert (status == 1) >= (data["verdict"] == "invalid")
    return data["figures"]
