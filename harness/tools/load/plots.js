// The four plots of a load. DATA: seconds (one entry each), curve, points, warmup, end.
const place = document.getElementById("plots");
const of = name => DATA.seconds.map(second => [second.second + 0.5, name(second)]);
const few = { dots: DATA.seconds.length < 60 };
const seconds = {
  grid: { markings: DATA.warmup ? [{ xaxis: { from: 0, to: DATA.warmup }, color: "rgba(128, 128, 128, .15)" }] : [] },
  xaxis: { min: 0, max: Math.max(1, DATA.end, DATA.seconds.length), ...overTime },
};
const inSeconds = { yaxis: inUnit("seconds") };

plot(place, "arrivals", "Arrivals and replies, per second", [
  line("due", of(second => second.due), "#9aa5b1", { ...few, width: 5 }),
  line("sent", of(second => second.sent), COLOURS[0], few),
  line("ok", of(second => second.ok), COLOURS[1], few),
], seconds);

const requests = wanted => DATA.points.filter(point => (point[2] === "ok") === wanted).map(point => point.slice(0, 2));
plot(place, "latency", "Latency over time (by the second a request was due)", [
  dots("one request", requests(true), "#60a5fa"),
  dots("failed", requests(false), "#dc2626"),
  ...["p50", "p95", "max"].map((name, i) => line(name, of(second => second[name]), COLOURS[i + 1], few)),
], { ...seconds, ...inSeconds });

// Each factor of ten towards 100 % takes the same room.
const tail = percent => -Math.log10(1 - percent / 100);
const curve = DATA.curve.map(([percent, value]) => [tail(percent), value]);
const far = curve.length ? curve[curve.length - 1][0] : 1;
const ends = [0, 50, 90, 99, 99.9, 99.99, 99.999].filter(end => tail(end) <= far + 0.01);
plot(place, "curve", "Latency by percentile", [line("", curve, COLOURS[0])], {
  xaxis: { min: 0, max: Math.max(far, tail(50)), ticks: ends.map(end => [tail(end), "p" + end]) }, ...inSeconds,
});

const kinds = [...new Set(DATA.seconds.flatMap(second => Object.keys(second.errors)))];
plot(place, "errors", "Errors, per second", kinds.map((kind, i) => (
  line(kind, of(second => second.errors[kind] || 0), COLOURS[(i + 4) % COLOURS.length], few))), seconds);
document.body.dataset.drawn = "yes";
