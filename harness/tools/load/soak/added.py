"""Minutes added up: as if they were a load whose requests had been kept, its memory being flat."""

from collections import Counter
from collections.abc import Iterable

from harness.instruments.arrivals.board import Values
from harness.instruments.arrivals.plan import Open, Plan
from harness.instruments.arrivals.records import Records
from harness.tools.load.figures import Measured
from harness.tools.load.run import Outcome, Sample
from harness.tools.load.soak.minutes import Minute


class Summed(Measured):
    """What `Measured` says of single requests, by the counters and histograms of minutes."""

    def __init__(
        self, minutes: Iterable[Minute], plan: Plan, within: float | None, injected: float
    ) -> None:
        cells: dict[str, Counter[int]] = {"latency": Counter(), "late": Counter()}
        total, most = dict.fromkeys(cells, 0.0), dict.fromkeys(cells, 0.0)
        samples: list[Sample] = []
        self.counts, self.length, good, peak, cpu = Counter[str](), 0.0, 0, 0, 0.0
        for minute in minutes:
            self.counts.update(minute["errors"] | {"ok": minute["ok"], "unsent": minute["unsent"]})
            for name, counted in cells.items():
                counted.update({int(at): n for at, n in minute[name]["cells"].items()})
                total[name] += minute[name]["sum"]
                most[name] = max(most[name], minute[name]["max"])
            good, peak = good + minute["good"], max(peak, minute["peak"])
            used, begin = minute["used"], self.length
            self.length += minute["seconds"]
            if used is not None:  # else nobody could ask the process: it was killed
                samples = samples or [Sample(begin, 0.0, 0.0, used["rss"])]
                cpu += used["cpu"]
                samples.append(Sample(self.length, cpu, used["machine"], used["rss"]))
        self.outcome = Outcome(plan, Records(), samples, plan.cap, peak)
        self.latencies, self.added = (
            Values(cells["latency"], total["latency"], most["latency"], less)
            for less in (0.0, injected)
        )
        self.model = []  # of single requests, which are not kept
        self.lates = Values(cells["late"], total["late"], most["late"])
        self.good = None if within is None else good
        self.due = self.counts.total()
        self.sent = self.due - self.counts["unsent"]
        self.last_end = self.last_sent = self.length
        self.warmup = 0
        self.is_open = isinstance(plan.arrivals, Open)
        self.usage = self._usage()

    def seconds(self, until: float) -> float:
        """Of load: what lies between an interruption and its end is not in it."""
        return self.length
