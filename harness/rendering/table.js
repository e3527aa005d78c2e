"use strict";
// Tables of class "sortable" sort by a click on a head, those with a filter by its words. The state is in
// the address, #sort=TABLE.COLUMN.ascending&find=WORDS. Of several bodies the last one moves, and a row of
// class "more" goes with the one above it. A cell is sorted by its data-value, empty is last, else its text.
const state = () => new URLSearchParams(location.hash.slice(1));

function remember(changes, replace = false) {
  const wanted = state();
  for (const [key, value] of Object.entries(changes)) value ? wanted.set(key, value) : wanted.delete(key);
  if (!replace) return void (location.hash = wanted);
  history.replaceState(null, "", "#" + wanted);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

const key = cell => cell?.dataset.value ?? cell?.textContent.trim() ?? "";
const compared = (a, b) => (a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b));

function sort(table, column, way) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, i) => (i === column && way ? head.setAttribute("aria-sort", way) : head.removeAttribute("aria-sort")));
  const groups = [];
  for (const row of table.lines) row.classList.contains("more") ? groups.at(-1).push(row) : groups.push([row]);
  const last = ([row]) => key(row.cells[column]) === "";
  const sign = way === "descending" ? -1 : 1;
  if (way) groups.sort((a, b) => last(a) - last(b) || sign * compared(key(a[0].cells[column]), key(b[0].cells[column])));
  table.tBodies[table.tBodies.length - 1].append(...groups.flat());
}

function filter(box, words) {
  const rows = document.getElementById(box.dataset.table).lines;
  if (box !== document.activeElement) box.value = words;
  let shown = true;
  for (const row of rows) {
    if (!row.classList.contains("more")) shown = words.toLowerCase().split(/\s+/).every(word => row.textContent.toLowerCase().includes(word));
    row.hidden = !shown;
  }
  box.closest(".filter").querySelector("[role=status]").textContent =
    words ? `${rows.filter(row => !row.hidden && !row.classList.contains("more")).length} shown` : "";
}

const tables = [...document.querySelectorAll("table.sortable")];
for (const table of tables) {
  table.lines = [...table.tBodies[table.tBodies.length - 1].rows];
  [...table.tHead.rows[table.tHead.rows.length - 1].cells].forEach((head, i) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    const next = { ascending: "descending", descending: "" };
    button.onclick = () => {
      const way = next[head.getAttribute("aria-sort")] ?? "ascending";
      remember({ sort: way && `${table.id}.${i}.${way}` });
    };
  });
}
const boxes = [...document.querySelectorAll(".filter input")];
for (const box of boxes) {
  box.closest(".filter").hidden = false;
  box.oninput = () => remember({ find: box.value.trim() }, true);
}
function follow() {
  const [id, column, way] = (state().get("sort") || "").split(".");
  for (const table of tables) {
    table.id === id ? sort(table, Number(column), way) : sort(table);
    if (table.id === id) table.closest("details")?.setAttribute("open", "");
  }
  boxes.forEach(box => filter(box, state().get("find") || ""));
}
addEventListener("hashchange", follow);
follow();
