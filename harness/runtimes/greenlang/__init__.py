"""GreenLang: user agents on its BaseAgent, workflows on its Orchestrator, its shipped agents."""

from harness.runtimes.greenlang.runtime import GreenLangRuntime

__all__ = ["GreenLangRuntime"]
