// Plots over time and of distributions, drawn with flot; keys stand in the legend below each.
const COLOURS = ["#2563eb", "#15803d", "#d97706", "#7c3aed", "#dc2626", "#0891b2", "#be185d", "#57534e"];

function line(label, data, color, options = {}) {
  return { label, data, color, lines: { show: true, lineWidth: options.width || 1.5 },
           points: { show: Boolean(options.dots), radius: 2 } };
}

function dots(label, data, color) {
  return { label, data, color, lines: { show: false },
           points: { show: true, radius: 1, fill: true, fillColor: color } };
}

// A section with a title, a plot and its legend, at the end of `place`.
function plot(place, id, title, series, options = {}) {
  const section = document.createElement("section");
  const box = Object.assign(document.createElement("div"), { className: "plot", id });
  const legend = Object.assign(document.createElement("p"), { className: "legend" });
  section.append(Object.assign(document.createElement("h2"), { textContent: title }), box, legend);
  place.append(section);
  for (const each of series.filter(each => each.label)) {
    const key = Object.assign(document.createElement("span"), { className: "key" });
    key.style.background = each.color;
    legend.append(key, each.label + " ");
  }
  if (!series.length) legend.textContent = "None.";
  const base = { legend: { show: false }, grid: { borderWidth: 1, borderColor: "#94a3b8" },
                 series: { shadowSize: 0 }, yaxis: { min: 0, max: series.length ? null : 1 } };
  const draw = () => $.plot(box, series.map(each => ({ ...each, label: null })), $.extend(true, {}, base, options));
  draw();
  new ResizeObserver(() => box.clientWidth && draw()).observe(box); // none on a page that is left
}

// Options of an axis: of values in a unit, and of time since the begin.
const inUnit = unit => (unit ? { tickFormatter: value => quantity(value, unit) } : {});
const overTime = { tickFormatter: (value, axis) => value.toFixed(axis.tickDecimals) + " s" };
