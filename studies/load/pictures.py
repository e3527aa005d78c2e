"""Pictures of the load shapes: shape.svg with the arrivals of the schedules themselves."""

from collections import Counter
from pathlib import Path

from jinja2 import Template

from harness.workload import schedules

SECONDS = 60
SHAPES = {
    "constant": ("constant: 20 a second", schedules.constant(20, SECONDS)),
    "ramp-up": ("ramp-up: from rest to 40 a second", schedules.ramp_up(40, SECONDS)),
    "spike": ("spike: 10 a second, 40 in the middle fifth", schedules.spike(10, 40, SECONDS)),
    "step": ("step: 10, 20, 30, 40 a second", schedules.step([10, 20, 30, 40], SECONDS)),
    "poisson": ("poisson: 20 a second on average", schedules.poisson(20, SECONDS, seed=1)),
}


def pictures() -> dict[str, str]:
    """File name -> SVG of the arrivals in each second, one per shape."""
    text = Path(__file__).with_name("shape.svg").read_text("utf-8")
    template = Template(text, trim_blocks=True, keep_trailing_newline=True)
    found = {}
    for name, (title, due) in SHAPES.items():
        arrived = Counter(int(moment) for moment in due)
        counts = [arrived[second] for second in range(SECONDS)]
        found[f"{name}.svg"] = template.render(title=title, counts=counts)
    return found
