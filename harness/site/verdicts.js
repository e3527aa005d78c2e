"use strict";
// What became of each row between any two releases of a group; as harness/site/compared.py and
// `known.Group.judged`. A release is its number in the group.
const pairOf = (group, base, head) => group.pairs.find(pair => pair.base === base && pair.head === head);
const before = (group, head) => group.pairs.find(pair => pair.head === head)?.base;

// null from zero, and without a number on one side.
function relative(old, now) {
  if (old === null || now === null) return null;
  return old === now ? 0 : old ? (now - old) / Math.abs(old) : null;
}

function judged(group, base, head) {
  const pair = pairOf(group, base, head);
  return group.rows.flatMap((row, index) => {
    if (!row) return [];
    const old = row.values[base], now = row.values[head];
    const said = pair ? pair.verdicts[index] : byValue(row, base, head);
    const found = { low: null, high: null, reason: "", functions: [], ...(said ?? quiet(row, base, head)) };
    const change = found.change ?? relative(old, now);
    const factor = change === null ? null : Math.abs(change) / row.threshold;
    const fromZero = change === null && old !== null && now !== null;
    return [{ ...found, index, row, old, now, change, factor, fromZero }];
  }).sort(bySeverity);
}

// Of two releases that `check` was not asked about: only what is exact can be compared by its values.
function byValue(row, base, head) {
  const old = row.values[base], now = row.values[head];
  if (old === null || now === null || old === now) return null;
  if (!row.exact) return { verdict: "no verdict", reason: "ask `check`" };
  if (byOtherCode(row, base, head)) return { verdict: "no verdict", reason: "counted by different code of ours" };
  const change = relative(old, now) ?? Infinity * Math.sign(now);
  if (Math.abs(change) <= row.threshold) return { verdict: "changed" };
  return { verdict: change > 0 ? "regression" : "improvement" };
}

function byOtherCode(row, base, head) {
  const codes = row.codes?.length ? [row.codes[base], row.codes[head]] : [null];
  return !codes.includes(null) && codes[0] !== codes[1];
}

function quiet(row, base, head) {
  const missing = [base, head].filter(side => row.values[side] === null);
  if (!missing.length) return { verdict: "same" };
  const reasons = missing.map(side => row.missing[side] ?? "not run");
  return { verdict: "n/a", reason: [...new Set(reasons)].join("; ") };
}

function bySeverity(a, b) {
  const far = line => (line.fromZero ? Infinity : line.factor ?? 0), places = DATA.severity;
  const apart = places.indexOf(a.verdict) - places.indexOf(b.verdict);
  if (apart || far(a) !== far(b)) return apart || (far(a) > far(b) ? -1 : 1);
  return a.row.label < b.row.label ? -1 : 1;
}

// As `check` says it, which also knows the service levels.
function sentence(group, base, head, lines) {
  const pair = pairOf(group, base, head);
  if (pair) return pair.summary + ".";
  const of = verdict => lines.filter(line => line.verdict === verdict).length;
  const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const rows = lines.filter(line => line.old !== null && line.now !== null).length;
  const worse = of("regression"), better = of("improvement"), silent = of("no verdict");
  const what = worse ? "is worse than" : silent < rows ? "is no worse than" : "is not known to be worse than";
  const found = worse ? many(worse, "regression") : better ? many(better, "improvement") : "no finding";
  const [old, now] = [base, head].map(side => group.releases[side].title);
  const unknown = silent ? `, ${silent} of them without a verdict` : "";
  return `${DATA.project}: ${now} ${what} ${old}: ${found} in ${many(rows, "row")}${unknown}.`;
}

// How many rows moved, and how far: from the smallest change to the largest.
function ranges(lines) {
  return [["worse", "regression"], ["better", "improvement"]].flatMap(([word, verdict]) => {
    const of = lines.filter(line => line.verdict === verdict);
    const sizes = of.map(line => line.change).filter(each => each !== null).sort((a, b) => Math.abs(a) - Math.abs(b));
    const ends = [...new Set([sizes[0], sizes.at(-1)].filter(each => each !== undefined).map(change))];
    return of.length ? [`${of.length} ${word}${ends.length ? `: ${ends.join(" to ")}` : ""}`] : [];
  }).join("; ");
}

function functionsOf(lines) {
  const most = new Map();
  for (const line of lines) for (const [name, old, now] of line.functions) {
    const known = most.get(name), rows = (known?.rows ?? 0) + 1;
    const larger = known && Math.abs(known.now - known.old) >= Math.abs(now - old);
    most.set(name, larger ? { ...known, rows } : { name, old, now, row: line.row.name, rows });
  }
  const growth = each => Math.abs(each.now - each.old);
  return [...most.values()].sort((a, b) => growth(b) - growth(a) || (a.name < b.name ? -1 : 1)).slice(0, DATA.functions);
}

// Lines of pip freeze that differ; null where one of the two was not kept.
function packagesOf(group, base, head) {
  const [old, now] = [base, head].map(side => new Map(group.releases[side].installed.map(line => {
    const mark = ["==", " @ "].find(mark => line.includes(mark));
    return mark ? [line.split(mark)[0].trim(), line.slice(line.indexOf(mark) + mark.length).trim()] : [line.trim(), ""];
  })));
  if (!old.size || !now.size) return null;
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.filter(name => old.get(name) !== now.get(name))
    .map(name => `${name} ${old.get(name) ?? "(absent)"} → ${now.get(name) ?? "(absent)"}`);
}

// The releases on the line from one to another, if it leads there: each against the one before it.
function way(group, base, head) {
  const found = [];
  for (let at = head; at !== undefined && at > base; at = before(group, at)) found.unshift(at);
  return found.length && before(group, found[0]) === base ? found : [];
}
