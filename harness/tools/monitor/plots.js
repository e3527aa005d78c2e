// DATA: of each field of a sample that was read, [seconds, value] pairs.
const PLOTS = [
  ["CPU (% of a core)", "", { cpu_percent: "CPU" }],
  ["Memory", "bytes", { rss: "RSS", uss: "USS" }],
  ["Threads, descriptors", "", { threads: "threads", descriptors: "descriptors" }],
  ["Read, written (in all)", "bytes", { read_chars: "read", write_chars: "written" }],
  ["Page faults (in all)", "", { minor_faults: "minor", major_faults: "major" }],
  ["Context switches (in all)", "", { voluntary_switches: "voluntary", involuntary_switches: "involuntary" }],
];

for (const [title, unit, fields] of PLOTS) {
  const lines = Object.entries(fields).filter(([field]) => DATA[field]);
  if (lines.length) {
    plot(document.getElementById("plots"), null, title,
         lines.map(([field, label], i) => line(label, DATA[field], COLOURS[i])),
         { xaxis: overTime, yaxis: inUnit(unit) });
  }
}
