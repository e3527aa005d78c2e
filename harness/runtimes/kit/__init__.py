"""What adapters share; it names no framework. docs/own-agents.md shows how it is used."""

from harness.runtimes.kit.chat import ChatAgent, Tool, asked, needing, place_of
from harness.runtimes.kit.workflows import ends_of, inputs_of, nested, step_prompt

__all__ = [
    "ChatAgent", "Tool", "asked", "ends_of", "inputs_of", "needing", "nested", "place_of",
    "step_prompt",
]  # fmt: skip
