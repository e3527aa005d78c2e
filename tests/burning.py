"""Work for a CPU, where a test needs some to be seen."""

import time

MIB = 2**20
BURN = "import time\nwhile time.process_time() < 0.3: pass\n"


def burn(seconds):
    """Use so many seconds of CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
