// The knee. DATA: steps; knee (one step for each rate, ascending); processes (of known CPU); limit of the service level `level`; met, above.
const place = document.getElementById("plots");
const most = 4 * DATA.limit; // what is above is drawn at the edge: a queue that grows has no percentiles
const of = value => DATA.knee.map(step => [step.rate, value(step)]).filter(point => point[1] !== null);
const band = (from, to, color) => ({ xaxis: { from, to }, color });
const markings = [];
if (DATA.met !== null && DATA.above !== null) markings.push(band(DATA.met, DATA.above, "rgba(217, 119, 6, .35)"));
const rates = {
  grid: { markings },
  xaxis: { min: 0, max: 1.05 * Math.max(1, ...DATA.knee.map(step => step.rate)), ...inUnit("per second") },
};
const limit = { ...rates, grid: { markings: [...markings, { yaxis: { from: DATA.limit, to: DATA.limit }, color: "#dc2626" }] } };
const tries = verdict => DATA.steps.filter(step => step.verdict === verdict && step.level !== null)
  .map(step => [step.rate, Math.min(most, step.level)]);
const big = (label, data, color) => ({ ...dots(label, data, color), points: { show: true, radius: 4, fill: true, fillColor: color } });

plot(place, "knee", "Latency by rate (red line: the limit; shaded: where the edge is)", [
  ...["p50", "p95", "p99"].map((name, i) => line(name, of(step => step[name] === null ? null : Math.min(most, step[name])), COLOURS[[0, 2, 3][i]])),
  big(DATA.level + " of a step that met the service levels", tries("met"), "#15803d"),
  big("that missed", tries("missed"), "#dc2626"),
  big("invalid", tries("invalid"), "#9aa5b1"),
].filter(series => series.data.length), { ...limit, yaxis: { min: 0, max: most, ...inUnit("seconds") } });

plot(place, "throughput", "Throughput by rate (grey: all that was asked)", [
  line("asked", of(step => step.rate), "#9aa5b1", { width: 5 }),
  line("throughput", of(step => step.throughput), COLOURS[1], { dots: true }),
], { ...rates, yaxis: inUnit("per second") });

plot(place, "flight", "Most requests in flight, by rate", [
  line("in flight", of(step => step.in_flight), COLOURS[0], { dots: true }),
], rates);

plot(place, "cpu", "CPU by rate, of a core", DATA.processes.map((name, i) => (
  line(name, of(step => step.cpu[name]), COLOURS[i], { dots: true }))), { ...rates, yaxis: { min: 0, ...inUnit("percent") } });
document.body.dataset.drawn = "yes";
