"use strict";
// The version of the target's package in a pasted list becomes "from", the newest release "to".
const STAGES = { dev: -4, a: -3, alpha: -3, b: -2, beta: -2, c: -1, rc: -1, pre: -1, post: 0.5, rev: 0.5, r: 0.5 };
const normal = name => name.toLowerCase().replace(/[-_.]+/g, "-");

// Numbers of a version in the order of PEP 440, as far as releases need it.
const places = version => (bare(version.toLowerCase()).split("+")[0].match(/\d+|[a-z]+/g) ?? [])
  .map(part => (/\d/.test(part) ? Number(part) : STAGES[part] ?? 0));

function newer(a, b) {
  const [left, right] = [places(a), places(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const apart = (left[i] ?? 0) - (right[i] ?? 0);
    if (apart) return apart;
  }
  return 0;
}

// Versions of a package in the output of pip freeze or pip list, in requirements, or in a lock file.
function versionsIn(text, name) {
  const locked = /^[ \t]*name[ \t]*=[ \t]*"([^"\n]+)"\s+version[ \t]*=[ \t]*"([^"\n]+)"/gm;
  const listed = /^[ \t]*([A-Za-z0-9][\w.-]*)(?:\[[^\]\n]*\])?(?:[ \t]*===?[ \t]*|[ \t]+)v?(\d[^\s;,#\\"]*)/gm;
  const found = [locked, listed].flatMap(shape => [...text.matchAll(shape)].filter(([, each]) => normal(each) === normal(name)));
  return [...new Set(found.map(([, , version]) => version))].sort(newer);
}

// The releases beside one that was not measured.
function neighbours(group, version) {
  const titles = group.releases.map(each => each.title).sort(newer);
  const below = titles.filter(title => newer(title, version) < 0).at(-1);
  return [below, titles.find(title => newer(title, version) > 0)].filter(Boolean);
}

function notMeasured(group, version) {
  const beside = DATA.package ? neighbours(group, version) : [];
  return `${version} was not measured` + (beside.length ? `; measured beside it: ${beside.join(" and ")}` : "");
}

function pasted() {
  const text = at("paste").value, { group } = chosen(), newest = group.releases.length - 1;
  const say = (...words) => at("pasted").replaceChildren(...words);
  if (!text.trim()) return say();
  const [version, ...others] = versionsIn(text, DATA.package);
  if (!version) return say(`There is no version of ${DATA.package} in this text.`);
  const more = others.length ? ` (and ${others.join(", ")}: the lowest one is taken)` : "";
  const found = numberOf(group, version);
  if (found < 0) {
    const choices = neighbours(group, version).flatMap(title => {
      const button = made("button", { type: "button", textContent: `from ${title}` });
      button.onclick = () => choose(numberOf(group, title), newest, group);
      return [" ", button];
    });
    return say(`You have ${DATA.package} ${version}${more}: ${notMeasured(group, version)}.`, ...choices);
  }
  const what = found === newest ? "it is the newest release that was measured" : `below it is compared with ${group.releases[newest].title}`;
  say(`You have ${DATA.package} ${version}${more}: ${what}.`);
  if (found !== newest) choose(found, newest, group);
}

if (at("upgrade")) {
  at("upgrade").hidden = false;
  at("paste").oninput = pasted;
}
if (DATA.groups[0].releases.length > 1) {
  for (const id of ["choice", "copy"]) at(id).hidden = false;
  document.querySelector(".switch").hidden = false;
  addEventListener("hashchange", show);
  show();
}
