"""A tiny agent framework, the subject of the planted regressions.

What is measured is a copy: `studies.planted.generator` writes this text into a repository.
"""

from .agent import Agent, Answer, RunError
from .schemas import REGISTRY
from .workflow import Workflow

__version__ = "1.0"
__all__ = ["REGISTRY", "Agent", "Answer", "RunError", "Workflow"]
