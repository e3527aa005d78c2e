"use strict";
// Numbers as people read them, as harness/common/numbers.py prints them.
const SCALES = {
  seconds: [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]],
  bytes: [[1e9, " GB"], [1e6, " MB"], [1e3, " kB"], [1, " B"]],
};

function number(value) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3))))));
  const whole = Math.abs(value) >= 1000 || Math.abs(value - Math.round(value)) < 1e-12 * Math.abs(value);
  const fixed = { minimumFractionDigits: whole ? 0 : digits, maximumFractionDigits: whole ? 0 : digits };
  return value === 0 ? "0" : value.toLocaleString("en", fixed);
}

function quantity(value, unit) {
  if (unit === "share") return number(100 * value) + " %";
  const scales = SCALES[unit];
  if (!scales || value === 0) return number(value);
  const shown = Math.abs(Number(value.toPrecision(3)));
  const [size, symbol] = scales.find(([least]) => shown >= least) || scales[scales.length - 1];
  return number(value / size) + symbol;
}
