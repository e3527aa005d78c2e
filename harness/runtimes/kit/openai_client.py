"""The `openai` package's clients, which most frameworks use, set up for a server beside us."""

from __future__ import annotations

from typing import Any

from harness.workload.model import Model


def async_client(model: Model) -> Any:
    """An openai.AsyncOpenAI for the server of `model`; see `_settings`."""
    openai = _package()
    return openai.AsyncOpenAI(
        **_settings(model), http_client=openai.DefaultAsyncHttpxClient(trust_env=False)
    )


def sync_client(model: Model) -> Any:
    """An openai.OpenAI for the server of `model`; see `_settings`."""
    openai = _package()
    return openai.OpenAI(**_settings(model), http_client=openai.DefaultHttpxClient(trust_env=False))


def _settings(model: Model) -> dict[str, Any]:
    """No retries, because a failed request is a failure; an address, so that no key is looked for.

    Proxies of the environment are left out by `trust_env=False`.
    """
    return {"base_url": model.url, "api_key": "none", "max_retries": 0}


def _package() -> Any:
    try:
        import openai
    except ImportError as error:
        raise NotImplementedError("the openai package is not installed here") from error
    return openai
