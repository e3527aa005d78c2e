"use strict";
// Numbers as people read them, to the character as harness/common/numbers.py writes them.
const NONE = "n/a";
const SCALES = {
  seconds: [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]],
  bytes: [[1e9, " GB"], [1e6, " MB"], [1e3, " kB"], [1, " B"]],
};
const SUFFIXES = {
  share: [100, " %"], "of all runs": [100, " %"], "of one core": [100, " %"],
  percent: [1, " %"], "per second": [1, "/s"], times: [1, "x"],
};
const EXACT_DIGITS = 100;

// Exactly halfway goes to the even digit, as in Python; toFixed takes the larger one.
function fixed(value, digits) {
  const size = Math.abs(value), exact = size.toFixed(EXACT_DIGITS).slice(digits - EXACT_DIGITS);
  const up = size.toFixed(digits), last = Number(up[up.length - 1]);
  const text = /^50*$/.test(exact) && last % 2 ? (Number(up) - 10 ** -digits).toFixed(digits) : up;
  const [whole, rest] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (value < 0 ? "-" : "") + grouped + (rest ? "." + rest : "");
}

function number(value) {
  if (value === null || !Number.isFinite(value)) return NONE;
  const isWhole = Math.abs(value - Math.round(value)) <= 1e-12 * Math.abs(value);
  if (Math.abs(value) >= 1000 || isWhole) return fixed(value, 0);
  return fixed(value, Math.max(0, 2 - Number(value.toExponential(2).split("e")[1])));
}

function quantity(value, unit) {
  if (value === null || !Number.isFinite(value)) return NONE;
  if (Object.hasOwn(SUFFIXES, unit)) return number(SUFFIXES[unit][0] * value) + SUFFIXES[unit][1];
  if (!Object.hasOwn(SCALES, unit) || value === 0) return number(value);
  const shown = Math.abs(Number(value.toPrecision(3)));
  const [size, symbol] = SCALES[unit].find(([least]) => shown >= least) || SCALES[unit].at(-1);
  return number(value / size) + symbol;
}

// A relative change in per cent with its sign; infinite is a change from 0.
function change(relative) {
  if (relative === null || Number.isNaN(relative)) return NONE;
  if (!Number.isFinite(relative)) return "from 0";
  return (relative >= 0 ? "+" : "") + quantity(relative, "share");
}
