// Scales: round ticks for values, and how the numbers of a chart are written.

/** About `wanted` round ticks that cover the values from `low` to `high`. */
export function ticks(low, high, wanted = 4) {
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    return ticks(low - room, high + room, wanted);
  }
  const step = roundStep((high - low) / wanted);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => clean((first + i) * step, step));
}

function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 2.5 ? 2.5 : share <= 5 ? 5 : 10) * power;
}

function clean(value, step) {
  const digits = Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(step))));
  return Number(value.toFixed(digits));
}

/** The lowest and highest tick for `values`: bars and areas start at zero, and so does a line that is near it. */
export function valueTicks(values, fromZero) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (fromZero || (low > 0 && low < high * 0.4)) low = Math.min(0, low);
  if (fromZero || (high < 0 && high > low * 0.4)) high = Math.max(0, high);
  return ticks(low, high);
}

/** A value for an axis: short. */
export function shortNumber(value) {
  const size = Math.abs(value);
  if (size >= 10_000) return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 6 }).format(value);
}

/** A value to be read: whole. */
export function fullNumber(value) {
  return value === null ? "no data" : new Intl.NumberFormat("en", { maximumSignificantDigits: 12 }).format(value);
}
