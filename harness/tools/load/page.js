// The four plots of a load. DATA: seconds (one entry each), curve, points, warmup, end.
(function () {
  "use strict";
  const COLOURS = { due: "#9aa5b1", sent: "#2563eb", ok: "#15803d", p50: "#15803d", p95: "#d97706",
                    max: "#7c3aed", curve: "#2563eb", points: "#60a5fa", failed: "#dc2626" };
  const MORE = ["#dc2626", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#57534e"];
  const overTime = name => DATA.seconds.map(second => [second.second + 0.5, second[name]]);
  const seconds = value => value >= 1 ? +value.toPrecision(3) + " s" : +(1000 * value).toPrecision(3) + " ms";
  const shade = DATA.warmup ? [{ xaxis: { from: 0, to: DATA.warmup }, color: "#f1f5f9" }] : [];
  const last = Math.max(1, DATA.end, DATA.seconds.length);
  const overSeconds = { grid: { markings: shade }, xaxis: { min: 0, max: last, tickFormatter: value => value + " s" } };

  function plot(id, series, options) {
    const place = document.getElementById(id);
    const legend = place.parentNode.querySelector(".legend");
    for (const each of series) {
      if (!each.label) continue;
      const key = document.createElement("span");
      key.className = "key";
      key.style.background = each.color;
      legend.append(key, each.label + " ");
    }
    const base = { legend: { show: false }, grid: { borderWidth: 1, borderColor: "#cbd5e1" },
                   series: { shadowSize: 0 }, yaxis: { min: 0 } };
    const draw = () => $.plot(place, series.map(each => $.extend({}, each, { label: null })),
                              $.extend(true, base, options));
    draw();
    window.addEventListener("resize", draw);
  }

  const line = (label, data, color, dots, lineWidth = 1.5) => (
    { label, data, color, lines: { show: true, lineWidth }, points: { show: Boolean(dots), radius: 2 } });
  const few = DATA.seconds.length < 60;

  plot("arrivals", ["due", "sent", "ok"].map(name => line(name, overTime(name), COLOURS[name], few, name === "due" ? 5 : 1.5)), overSeconds);

  const dots = (label, color, wanted) => ({
    label, color, points: { show: true, radius: 1, fill: true, fillColor: color }, lines: { show: false },
    data: DATA.points.filter(point => (point[2] === "ok") === wanted).map(point => [point[0], point[1]]),
  });
  plot("latency", [dots("one request", COLOURS.points, true), dots("failed", COLOURS.failed, false),
                   ...["p50", "p95", "max"].map(name => line(name, overTime(name), COLOURS[name], few))],
       $.extend({ yaxis: { tickFormatter: seconds } }, overSeconds));

  // Each factor of ten towards 100 % takes the same room.
  const tail = percent => -Math.log10(1 - percent / 100);
  const ends = [0, 50, 90, 99, 99.9, 99.99, 99.999];
  const curve = DATA.curve.map(point => [tail(point[0]), point[1]]);
  const far = curve.length ? curve[curve.length - 1][0] : 1;
  plot("curve", [line("", curve, COLOURS.curve)], {
    xaxis: { min: 0, max: Math.max(far, tail(50)), ticks: ends.filter(end => tail(end) <= far + 0.01).map(end => [tail(end), "p" + end]) },
    yaxis: { tickFormatter: seconds },
  });

  const kinds = [...new Set(DATA.seconds.flatMap(second => Object.keys(second.errors)))];
  const ofKind = kind => DATA.seconds.map(second => [second.second + 0.5, second.errors[kind] || 0]);
  plot("errors", kinds.map((kind, i) => line(kind, ofKind(kind), MORE[i % MORE.length], few)),
       $.extend({ yaxis: kinds.length ? {} : { max: 1 } }, overSeconds));
  if (!kinds.length) document.querySelector("#errors + .legend").textContent = "No errors.";
  document.body.dataset.drawn = "yes";
})();
