"""What is asked of the model server in the tests, and what its script says."""

from __future__ import annotations

from harness.workload.script import Script

SCRIPT = Script(chunks=3)
CHAT = {"model": "m", "messages": [{"role": "user", "content": "request 7"}]}
PATHS = {"/chat/completions": CHAT, "/responses": {"model": "m", "input": "request 7"}}
