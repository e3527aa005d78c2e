"""What a process uses while it runs: CPU, memory, threads, descriptors, input and output.

    with Monitor(interval=0.01) as monitor:
        work()
    print(monitor.summary["cpu"]["seconds"], monitor.summary["rss"]["peak"])

Importable in a measured process: nothing but the standard library and psutil.
"""
