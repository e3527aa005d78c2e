"""The `openai` package's clients, which most frameworks use, set up for a server beside us."""

from __future__ import annotations

from typing import Any

from harness.runtimes.kit.chat import needing
from harness.workload.model import Model

_NEEDS = "the openai package is not installed here"


@needing(_NEEDS)
def async_client(model: Model) -> Any:
    """An openai.AsyncOpenAI for the server of `model`; see `_settings`."""
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    return AsyncOpenAI(**_settings(model), http_client=DefaultAsyncHttpxClient(trust_env=False))


@needing(_NEEDS)
def sync_client(model: Model) -> Any:
    """An openai.OpenAI for the server of `model`; see `_settings`."""
    from openai import DefaultHttpxClient, OpenAI

    return OpenAI(**_settings(model), http_client=DefaultHttpxClient(trust_env=False))


def _settings(model: Model) -> dict[str, Any]:
    """No retries, because a failed request is a failure; an address, so that no key is looked for.

    Proxies of the environment are left out by `trust_env=False`.
    """
    return {"base_url": model.url, "api_key": "none", "max_retries": 0}
