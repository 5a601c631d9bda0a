// Moments as people read them: Slack's `ts` strings and ISO stamps in, words in the reader's zone out.

const cache = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!cache.has(key)) cache.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return cache.get(key);
}

/** The moment of a Slack `ts`. */
export function momentOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

export function clockTime(moment, zone) {
  return format(zone, { hour: "2-digit", minute: "2-digit" }).format(moment);
}

export function clockSeconds(moment, zone) {
  return format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(moment);
}

/** A day as a key that sorts: 2026-11-23. */
export function dayKey(moment, zone) {
  return format(zone, { year: "numeric", month: "2-digit", day: "2-digit" })
    .formatToParts(moment).filter((part) => part.type !== "literal").map((part) => part.value).reverse().join("-");
}

/** "Today", "Yesterday", or "Monday 23 November 2026", as seen at `now`. */
export function dayName(moment, now, zone) {
  const key = dayKey(moment, zone);
  if (key === dayKey(now, zone)) return "Today";
  if (key === dayKey(new Date(now.getTime() - 86_400_000), zone)) return "Yesterday";
  return format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(moment).replace(",", "");
}

export function fullTime(moment, zone) {
  return format(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" })
    .format(moment).replaceAll(",", "");
}

export function shortTime(moment, zone) {
  return format(zone, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })
    .format(moment).replaceAll(",", "");
}

const DATE_WORDS = {
  date_num: (moment, zone) => dayKey(moment, zone),
  date_short: (moment, zone) => format(zone, { day: "numeric", month: "short", year: "numeric" }).format(moment),
  date_long: (moment, zone) => format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(moment),
  date: (moment, zone) => format(zone, { day: "numeric", month: "long", year: "numeric" }).format(moment),
  day_divider_pretty: (moment, zone, now) => dayName(moment, now, zone),
  time_secs: clockSeconds,
  time: clockTime,
  ago: (moment, zone, now) => ago(moment, now),
};

/** Fills a Slack date format ("{date_short_pretty} at {time}"); undefined when a word of it is not known. */
export function dateWords(pattern, moment, zone, now) {
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/gu, (whole, word) => {
    const pretty = word.endsWith("_pretty") && !(word in DATE_WORDS);
    const write = DATE_WORDS[pretty ? word.slice(0, -"_pretty".length) : word];
    if (!write) {
      known = false;
      return whole;
    }
    return pretty ? prettyDay(write, moment, zone, now) : write(moment, zone, now);
  });
  return known ? text : undefined;
}

function prettyDay(write, moment, zone, now) {
  const day = dayName(moment, now, zone);
  return day === "Today" || day === "Yesterday" ? day.toLowerCase() : write(moment, zone, now);
}

function ago(moment, now) {
  const minutes = Math.round((now - moment) / 60_000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  if (Math.abs(minutes) < 48 * 60) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}

/** What `<input type=datetime-local>` shows for a moment in `zone`. */
export function localInput(moment, zone) {
  return `${dayKey(moment, zone)}T${clockTime(moment, zone)}`;
}

/** The moment that a wall clock in `zone` shows as "2026-11-30T09:00". */
export function fromLocalInput(text, zone) {
  const guess = new Date(`${text}:00Z`);
  const seen = new Date(`${localInput(guess, zone)}:00Z`);
  const moment = new Date(guess.getTime() - (seen - guess));
  const again = new Date(`${localInput(moment, zone)}:00Z`);
  return new Date(moment.getTime() - (again - guess));
}
