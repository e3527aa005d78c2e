"""What adapters share; it names no framework. docs/own-agents.md shows how it is used."""

from harness.runtimes.kit.chat import ChatAgent, Tool, asked
from harness.runtimes.kit.refusing import needing
from harness.runtimes.kit.workflows import ends_of, nested, step_prompt

__all__ = ["ChatAgent", "Tool", "asked", "ends_of", "needing", "nested", "step_prompt"]
