"""What ends a check: bad input, told in one line."""


class CheckError(ValueError):
    """Bad input; the message is one clear line, and the exit status is 2."""
