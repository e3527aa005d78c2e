"use strict";
// All tables have the frameworks that are ticked, or all while none is; #only=agno+crewai in the address.
const choices = [...document.querySelectorAll("#only input")];
function only() {
  const wanted = (state().get("only") ?? "").split(" ");
  for (const box of choices) box.checked = wanted.includes(box.value);
  const shown = choices.filter(box => box.checked).map(box => box.value);
  for (const row of document.querySelectorAll("tr[data-target]")) row.hidden = shown.length > 0 && !shown.includes(row.dataset.target);
}
for (const box of choices) {
  box.onchange = () => remember({ only: choices.filter(each => each.checked).map(each => each.value).join(" ") });
}
if (choices.length) document.getElementById("only").hidden = false;
addEventListener("hashchange", only);
only();
