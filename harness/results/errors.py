"""Bad input, told in one line."""


class BadInput(ValueError):
    """What was asked for cannot be read or judged; the message is one line, the status is 2."""
