"""A fresh result at the end of a long history: is it still the same level?

Used where no base is named and at least LONG earlier results are there. A row is divided by its
floor (or control) in every result, so that the machine's movement cancels. The level before is
the last segment of asv's own step detection. The newest one, two and three results are tested
against it with a prediction interval of Student's t: one result alone shows a jump at once, three
show a smaller one that has stayed. The segment's spread contains the noise between runs, which no
test of two results can see. A lone spike in the past is left out, so that it does not make the test
blind.

Measured on Gaussian noise of 3 %, at the level that one of 200 rows needs: no false alarm in 6,000
series of 9 to 38 results. After 20 results a step of 28 % is found at once in 99 % of series, one
of 15 % at once in half and within three results in 97 %, one of 10 % within three in 60 %.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from asv.step_detect import detect_steps

from harness.check.drift import change, drift
from harness.check.evidence import ONE_VALUE, Evidence, Found, Gather, compare
from harness.check.rows import Row, rows
from harness.check.statistics import scale
from harness.results.result import Result

LONG = 8  # values of a segment, below which its spread says too little
TAILS = (1, 2, 3)
SPIKE = 6.0  # robust standard deviations from the neighbours


def evidence(results: Sequence[Result], pair: Sequence[Row]) -> Gather:
    """What a row's history says; where it is too short, what the last two results say.

    results: of one machine and environment, oldest first, the last one is judged; pair: the rows
    of the last two.
    """
    last = drift(pair)
    levels: dict[tuple[str, str], list[float]] = defaultdict(list)
    references = {}  # the last are those of the newest
    for result in results:
        for label, reference, value in _levels(result, results[-1]):
            levels[label, reference].append(value)
            references[label] = reference

    def gather(row: Row) -> Found:
        fallback = compare(row, last)
        if isinstance(fallback, str) and fallback != ONE_VALUE:
            return fallback
        values = levels[row.label, references.get(row.label, "")]
        has_logarithms = not any(map(math.isnan, values))
        found = against_level(values) if has_logarithms else None
        if found is None:
            return fallback
        raw = change(row)
        is_alone = found.net * raw <= 0  # the step came before: the last two results hide it
        return replace(
            found,
            raw=found.net if is_alone else math.copysign(max(abs(raw), abs(found.net)), found.net),
            moved=last.movement(row) if row.grade == "absolutes" else 0.0,
            note=f"level of the {len(values) - 1} results before",
        )

    return gather


def _levels(result: Result, newest: Result) -> Iterator[tuple[str, str, float]]:
    """Label, label of the reference, and logarithm of each row's value over it in one result.

    Of what the newest result has, too, measured by the same version of the benchmark.
    """
    table = rows(result, newest)
    witnesses = drift(table)
    for row in table:
        is_level = row.is_noisy and not (row.is_floor or row.is_share or row.size)
        if is_level and row.is_compared and not row.by_other_code:
            beside = witnesses.floor(row) or witnesses.control(row)
            reference, name = (beside.base.value, beside.label) if beside else (1.0, "")
            ratio = row.base.value / reference
            yield row.label, name, math.log(ratio) if ratio > 0 else math.nan


def against_level(values: Sequence[float]) -> Evidence | None:
    """The newest values against the level before; `raw` is as `net`.

    values: logarithms, oldest first. None where the level before is shorter than LONG. The p are
    those of the most telling tail, times the number of tails tried.
    """
    found = [each for tail in TAILS if (each := _against_level(values, tail))]
    return min(found, key=lambda each: min(each.p_rise, each.p_fall), default=None)


def _against_level(values: Sequence[float], tail: int) -> Evidence | None:
    from scipy.special import stdtr  # when it is asked for, as in `statistics`

    segment = _last_segment(values[:-tail])
    if len(segment) < LONG:
        return None
    level = statistics.fmean(segment)
    size = statistics.fmean(values[-tail:]) - level
    if min(size * (value - level) for value in values[-tail:]) <= 0:
        return None  # not all of the tail lies on one side: nothing has stayed
    error = statistics.stdev(segment) * math.sqrt(1 / tail + 1 / len(segment))
    p_rise, p_fall = (
        min(1.0, len(TAILS) * float(stdtr(len(segment) - 1, -way / error) if error else way <= 0))
        for way in (size, -size)
    )
    wide = 3.5 * error  # 99 % of Student's t at seven degrees of freedom
    apart = min(p_rise, p_fall) < 1e-4
    return Evidence(size, size, p_rise, p_fall, (size - wide, size + wide), apart)


def _last_segment(values: Sequence[float]) -> Sequence[float]:
    """The values since asv's last detected step."""
    if len(values) < LONG:
        return ()
    calm = _without_spikes(values)
    left, right, *_ = detect_steps(calm)[-1]
    return calm[left:right]


def _without_spikes(values: Sequence[float]) -> list[float]:
    """Lone outliers replaced by the median of three; a level of two values or more stays.

    One spike would make asv's detection see steps in the noise around it.
    """
    middle = [statistics.median(values[max(0, i - 1) : i + 2]) for i in range(len(values))]
    rest = [value - usual for value, usual in zip(values, middle, strict=True)]
    reach = SPIKE * scale([each for each in rest if each])
    pairs = zip(values, middle, strict=True)
    return [usual if reach and abs(value - usual) > reach else value for value, usual in pairs]
