"use strict";
// A row opens by its address, #row=LABEL, however that is written, and the back button closes it again.
// Releases need no script. Commands get a button that copies them.
const decoded = text => { try { return decodeURIComponent(text); } catch { return text; } };
const places = new Map([...document.querySelectorAll("[id^='row='], [id^='release=']")].map(each => [decoded(each.id), each]));
let shown = null; // the row that the address has opened

function follow() {
  const hash = location.hash.slice(1);
  const place = places.get(decoded(hash)) ?? places.get(decoded(hash.replaceAll("+", "%20")));
  if (place && place.id !== hash) return location.replace("#" + place.id);
  const row = place?.closest(".row") ?? null;
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
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
follow();
