"use strict";
// The picture of a change and its 99 % interval; as harness/rendering/intervals.py draws it.
const HALF = 60, MOST = 64;

function place(thresholds) {
  const size = Math.log2(1 + Math.min(Math.abs(thresholds), MOST)) / Math.log2(1 + MOST);
  return Math.floor(Math.sign(thresholds) * HALF * size + 0.5);
}

function interval(change, low, high, threshold) {
  const line = low === null || high === null ? "" : `M${place(low / threshold)},6H${place(high / threshold)}`;
  const at = place(change / threshold), way = change > 0 ? -4 : 4;
  const point = Math.abs(change) / threshold > MOST ? `M${at + way},2l${-way},4l${way},4` : `M${at},2v8`;
  const picture = document.createElement("template");
  picture.innerHTML = `<svg class="span" viewBox="-${HALF + 1} 0 ${2 * HALF + 2} 12" aria-hidden="true">` +
    `<use href="#scale"></use><path class="interval" d="${line}"></path><path class="point" d="${point}"></path></svg>`;
  return picture.content;
}
