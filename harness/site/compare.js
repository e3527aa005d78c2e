"use strict";
// The rows of two releases, and what goes with them. The two are in the address,
// #from=2.51.0&to=2.68.0&machine=...&grade=...&all=1: the page follows it, so the back button works.
const FEW = 8; // releases between the two that stand above the rows
const at = id => document.getElementById(id);

function made(tag, settings, ...children) {
  const element = Object.assign(document.createElement(tag), settings);
  element.append(...children);
  return element;
}

// What the address asks for: the group, and the numbers of the two releases in it.
function chosen() {
  const wanted = state(), machine = wanted.get("machine"), environment = wanted.get("env");
  const fits = group => (!machine || group.machine === machine) && (!environment || group.environment === environment);
  const titles = ["from", "to"].map(name => wanted.get(name));
  const has = group => titles.every(title => !title || numberOf(group, title) >= 0);
  const groups = DATA.groups, group = groups.find(each => fits(each) && has(each)) ?? groups.find(fits) ?? groups[0];
  const found = titles.map(title => (title ? numberOf(group, title) : -1));
  const head = found[1] >= 0 ? found[1] : group.releases.length - 1;
  const base = found[0] >= 0 ? found[0] : before(group, head) ?? Math.max(0, head - 1);
  const unknown = titles.filter((title, i) => title && found[i] < 0);
  return { group, base, head, unknown };
}

const bare = title => title.replace(/^v(?=\d)/, "");
function numberOf(group, title) {
  return group.releases.findIndex(each => bare(each.title) === bare(title) || (title.length > 6 && each.commit.startsWith(title)));
}

function options(select, labels, chosen) {
  select.replaceChildren(...labels.map((text, i) => made("option", { value: i, textContent: text, selected: i === chosen })));
}

function rowOf(line, place, suffix) {
  const { row } = line;
  const sign = at(`sign-${DATA.severity.indexOf(line.verdict)}`).content.cloneNode(true);
  const value = side => made("td", { className: "figure" }, side === null ? NONE : quantity(side, row.unit) + row.suffix);
  const moved = line.change !== null ? change(line.change) : line.fromZero ? "from 0" : "";
  const cells = [
    made("td", {}, sign),
    made("th", { scope: "row", className: "name" },
      made("a", { href: `overview.html#row=${encodeURIComponent(row.label)}${suffix}`, textContent: row.name }), made("br"),
      made("code", { className: "about", textContent: row.benchmark })),
    value(line.old), value(line.now),
    made("td", { className: "figure" }, moved),
    made("td", { className: "figure" }, line.factor ? quantity(line.factor, "times") : ""),
    made("td", {}, made("span", { className: "grade", textContent: row.grade })),
  ];
  if (line.reason) cells[1].append(" · ", made("span", { className: "about", textContent: line.reason }));
  if (line.low !== null) {
    cells[4].append(made("br"), made("span", { className: "about", textContent: `${change(line.low)} to ${change(line.high)}` }));
  }
  const far = line.fromZero ? Infinity * Math.sign(line.now - line.old) : line.change;
  if (far !== null) cells[4].append(interval(far, line.low, line.high, row.threshold));
  [place, null, line.old, line.now, line.change, line.factor].forEach((by, i) => {
    if (i !== 1) cells[i].dataset.value = by ?? "";
  });
  const made_ = made("tr", {}, ...cells);
  Object.assign(made_.dataset, { row: line.index, verdict: line.verdict });
  return made_;
}

function remarks({ group, base, head, unknown }) {
  const pair = pairOf(group, base, head);
  const notes = unknown.map(title => notMeasured(group, title));
  if (pair) {
    notes.push(...pair.invalid.map(each => `invalid: ${each}`), ...pair.notes);
    if (pair.unmeasured) notes.push(`not measured between the two: ${pair.unmeasured}`);
    return notes;
  }
  for (const side of new Set([base, head])) {
    notes.push(...group.releases[side].invalid.map(each => `invalid: ${group.releases[side].title}: ${each}`));
  }
  if (base === head) return [...notes, "these are the same release: choose another one"];
  return [...notes, "check was not asked about these two: what is exact is compared here, value by value; what has noise, and service levels, get no verdict"];
}

function show() {
  const found = chosen(), { group, base, head } = found;
  const lines = judged(group, base, head), grade = state().get("grade") || "", all = state().has("all");
  const titles = group.releases.map(each => each.title), dated = group.releases.map(each => `${each.title} (${each.date.slice(0, 10)})`);
  options(at("from"), dated, base);
  options(at("to"), dated, head);
  options(at("group"), DATA.groups.map(each => each.where), DATA.groups.indexOf(group));
  at("summary").textContent = sentence(group, base, head, lines);
  const worst = at("summary").dataset.verdict = lines[0]?.verdict ?? "";
  at("verdict").replaceChildren(...(worst ? [at(`sign-${DATA.severity.indexOf(worst)}`).content.cloneNode(true)] : []));
  at("ranges").textContent = ranges(lines);
  at("remarks").replaceChildren(...remarks(found).map(each => made("li", { textContent: each })));
  [["old", base], ["new", head]].forEach(([id, side]) => { at(id).firstElementChild.textContent = titles[side]; });

  const of = lines.filter(line => !grade || line.row.grade === grade);
  const loud = of.filter(line => DATA.loud.includes(line.verdict)), shown = all ? of : loud;
  const first = DATA.groups.indexOf(group) ? `&on=${encodeURIComponent(`${group.machine} ${group.environment}`)}` : "";
  at("rows").tBodies[0].replaceChildren(...shown.map((line, i) => rowOf(line, i, first)));
  at("rows").lines = [...at("rows").tBodies[0].rows];
  at("rows").hidden = !shown.length;
  at("none").hidden = Boolean(loud.length);
  const counted = DATA.severity.filter(verdict => !DATA.loud.includes(verdict))
    .map(verdict => [of.filter(line => line.verdict === verdict).length, verdict === "changed" ? "within threshold" : verdict]);
  const rest = counted.filter(([count]) => count).map(([count, what]) => `${count} ${what}`);
  at("hidden").textContent = `show the ${of.length - loud.length} other rows, too` + (rest.length ? `: ${rest.join(", ")}` : "");
  at("all").checked = all;

  beside(group, titles, base, head);
  between(group, way(group, base, head));
  const functions = functionsOf(lines), packages = packagesOf(group, base, head);
  at("functions").hidden = !functions.length;
  at("first").textContent = functions.map(({ name, old, now }) => `${name}, ${number(old)} → ${number(now)}`)[0] ?? "";
  at("functions").querySelector("tbody").replaceChildren(...functions.map(each => cells(
    made("code", { textContent: each.name }), quantity(each.old, ""), quantity(each.now, ""), each.row, String(each.rows))));
  at("installed").hidden = packages === null;
  at("many").textContent = packages?.length || "none";
  at("packages").replaceChildren(...(packages ?? []).map(each => made("li", { textContent: each })));
  at("command").textContent = DATA.check.replace("BASE", () => group.releases[base].quoted).replace("HEAD", () => group.releases[head].quoted) + group.named;
  follow();
}

function cells(...contents) {
  const isFigure = each => typeof each === "string" && /^[\d,.]+$/.test(each);
  return made("tr", {}, ...contents.map(each => made("td", { className: isFigure(each) ? "figure" : "" }, each)));
}

const addressOf = (from, to) => `#${new URLSearchParams({ ...Object.fromEntries(state()), from, to })}`;

// The neighbours before and after the two; the links stay the same elements, so they keep the focus.
function beside(group, titles, base, head) {
  const first = Math.min(base, head), last = Math.max(base, head);
  const after = group.releases.findIndex((_, each) => before(group, each) === last);
  for (const [id, ...two] of [["previous", before(group, first), first], ["next", last, after]]) {
    const [from, to] = two.map(each => titles[each]);
    at(id).hidden = !from || !to;
    Object.assign(at(id), { href: addressOf(from, to), textContent: `${id}: ${from} to ${to}` });
  }
}

// Which of the releases between the two it was.
function between(group, steps) {
  at("between").hidden = steps.length < 2;
  at("between").open = steps.length <= FEW;
  at("between").querySelector("tbody").replaceChildren(...steps.map(head => {
    const base = before(group, head), { title, date, findings, improvements } = group.releases[head];
    return cells(made("a", { href: addressOf(group.releases[base].title, title), textContent: title }), date.slice(0, 10), String(findings ?? "-"), String(improvements ?? "-"));
  }));
}

function choose(base, head, group = chosen().group) {
  remember({ from: group.releases[base].title, to: group.releases[head].title });
}

at("from").onchange = at("to").onchange = () => choose(at("from").selectedIndex, at("to").selectedIndex);
at("swap").onclick = () => choose(at("to").selectedIndex, at("from").selectedIndex);
at("group").onchange = () => {
  const { machine, environment } = DATA.groups[at("group").selectedIndex];
  remember({ machine, env: environment });
};
at("grade").onchange = () => remember({ grade: at("grade").value });
at("all").onchange = () => remember({ all: at("all").checked && "1" });
at("copy").onclick = async () => {
  getSelection().selectAllChildren(at("command"));
  await navigator.clipboard.writeText(at("command").textContent);
  at("copy").textContent = "Copied";
};
const names = [...new Set(DATA.groups.flatMap(group => group.rows.filter(Boolean).map(row => row.grade)))];
at("grade").append(...names.map(name => made("option", { value: name, textContent: name })));
at("grade").value = state().get("grade") || "";
