"""The one error of this room."""


class HistoryError(Exception):
    """A release history cannot be had. Its text is exactly one line, written for the user."""

    def __init__(self, line: str) -> None:
        super().__init__(" ".join(line.split()))
