"""The page of a search in a browser: the answer, the knee, every rate."""

import dataclasses

import pytest
from capacity_virtual import searched
from load_virtual import Slots

from harness.tools.load.capacity import report
from harness.tools.load.target import Target

PLOTS = ("knee", "throughput", "flight", "cpu")


@pytest.mark.parametrize("seconds", [0.1, 0.5], ids=["found", "none"])
def test_the_page_opens_offline_and_draws_the_knee(chromium, tmp_path, seconds):
    found = searched(Slots(2, seconds))
    cpu = {"agent": 12.0, "model server": None}
    found.steps[:] = [dataclasses.replace(step, cpu=cpu) for step in found.steps]
    made = report.Report(Target("an agent <b>", lambda: None), found, "constant", 150.0)
    path = tmp_path / "found.html"
    with path.open("w") as file:
        report.write_html(made, file)
    chromium.look(1400, height=2000)
    chromium.open(path.as_uri(), "body[data-drawn=yes]")
    asked, failed = chromium.requests()
    assert [each for each in asked if not each.startswith("data:")] == [path.as_uri()]
    assert failed == [] and chromium.errors() == []
    text = chromium.run("return document.body.innerText")
    assert "Capacity of an agent <b>" in text and all(
        f"{name}: {said}" in text for name, said in made.answer.items()
    )
    assert ("The edge was not found." in text) == (seconds == 0.5)
    legends = chromium.run("return [...document.querySelectorAll('.legend')].map(e => e.innerText)")
    assert "that missed" in legends[0] and legends[3].split() == ["agent"]
    for plot in PLOTS:
        drawn = chromium.run(
            f"const c = document.querySelector('#{plot} canvas');"
            "return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
        )
        assert drawn > 10, plot
