"""What real clients ask of the model server: each row of the table in docs is a check that runs.

`tests/studies/test_clients.py` runs them, `python -m studies.pages` writes the table.
"""

from studies.clients import openai_package, plain_http

__all__ = ["openai_package", "plain_http"]  # in this order: so are their rows
