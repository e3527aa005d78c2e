"""Controls: work that never changes. When a control moves, the machine moved."""

import time

from .declared import version


class Controls:
    """No framework, no agent."""

    version = version(1)
    sample_time = 0.02
    repeat = (5, 10, 1.0)

    def time_noop(self):
        """Seconds of an empty call."""

    def time_arithmetic(self):
        """Seconds of a fixed loop of 10,000 integer steps."""
        total = 0
        for i in range(10_000):
            total += i * i & 0xFF
        if total != 1_054_552:
            raise AssertionError(total)

    def peakmem_noop(self):
        """Peak resident bytes of a process that only imports the benchmarks."""

    def track_timer_lateness(self):
        """Seconds by which a sleep of 2 ms ends late."""
        late = []
        for _ in range(50):
            begin = time.perf_counter()
            time.sleep(0.002)
            late.append(time.perf_counter() - begin - 0.002)
        return {"samples": late, "number": 1}

    track_timer_lateness.unit, track_timer_lateness.grade = "seconds", "absolutes"
