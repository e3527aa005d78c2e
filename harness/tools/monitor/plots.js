// DATA: for each plot its title, unit and lines, each a label and [seconds, value] pairs.
for (const each of DATA) {
  plot(document.getElementById("plots"), null, each.title,
       each.lines.map(({ label, data }, i) => line(label, data, COLOURS[i])),
       { xaxis: overTime, yaxis: inUnit(each.unit) });
}
