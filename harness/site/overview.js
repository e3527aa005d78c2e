"use strict";
// A row opens by its address, #row=LABEL, however that is written, and the back button closes it again.
// #find=WORDS leaves the rows that have all of the words. Releases need no script. Commands get a button
// that copies them.
const decoded = text => { try { return decodeURIComponent(text); } catch { return text; } };
const places = new Map([...document.querySelectorAll("[id^='row='], [id^='release=']")].map(each => [decoded(each.id), each]));
const rows = [...document.querySelectorAll(".row")].map(row => [row, textOf(row).toLowerCase()]);
const box = document.getElementById("find");
let shown = null; // the row that the address has opened
let unfolded = []; // what was opened around the rows that were found

function textOf(row) {
  return `${row.querySelector("summary").textContent} ${decoded(row.querySelector("[id^='row=']").id)}`;
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (box !== document.activeElement) box.value = text;
  unfolded.forEach(each => { each.open = false; });
  unfolded = [];
  let found = 0;
  for (const [row, text] of rows) {
    row.hidden = !words.every(word => text.includes(word));
    if (row.hidden || !words.length) continue;
    found += 1;
    const around = row.parentElement.closest("details:not([open])");
    if (around) around.open = Boolean(unfolded.push(around));
  }
  box.closest(".filter").querySelector("[role=status]").textContent = words.length ? `${found} of ${rows.length}` : "";
}

function follow() {
  const hash = location.hash.slice(1);
  if (!hash || hash.startsWith("find=")) find(new URLSearchParams(hash).get("find") ?? "");
  const place = places.get(decoded(hash)) ?? places.get(decoded(hash.replaceAll("+", "%20")));
  if (place && place.id !== hash) return location.replace("#" + place.id);
  const row = place?.closest(".row") ?? null;
  if (row?.hidden) find("");
  if (shown && shown !== row) shown.open = false;
  shown = row;
  for (let each = row; each; each = each.parentElement.closest("details")) each.open = true;
  for (const each of document.querySelectorAll(".strip a")) {
    const current = each.hash === location.hash;
    current ? each.setAttribute("aria-current", "true") : each.removeAttribute("aria-current");
    if (current) each.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  (row ?? place)?.scrollIntoView();
}

document.querySelectorAll(".row > summary").forEach(summary => summary.addEventListener("click", () => {
  const row = summary.parentElement;
  if (row.open) return;
  shown = row;
  history.pushState(null, "", "#" + row.querySelector("[id]").id);
}));
document.querySelectorAll("pre").forEach(command => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
  button.onclick = async () => {
    await navigator.clipboard.writeText(command.textContent);
    button.textContent = "Copied";
  };
  command.before(button);
});
box.closest(".filter").hidden = false;
box.oninput = () => {
  const words = box.value.trim();
  history.replaceState(null, "", words ? `#${new URLSearchParams({ find: words })}` : location.pathname + location.search);
  follow();
};
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
follow();
