"""What a process uses while it runs: CPU, memory, threads, descriptors, input and output.

    with Monitor(interval=0.01) as monitor:
        work()
    print(monitor.summary["cpu"]["seconds"], monitor.summary["rss"]["peak"])

Importable in a measured process: nothing but the standard library and psutil.
"""

from harness.instruments.resources.decorator import monitored
from harness.instruments.resources.monitor import Monitor
from harness.instruments.resources.readers import Ended

__all__ = ["Ended", "Monitor", "monitored"]
