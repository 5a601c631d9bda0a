// People, channels, groups, dates and links inside text, drawn the same wherever they occur.
import { el } from "./dom.js";
import { dateWords, fullTime } from "./time.js";

const SAFE = new Set(["http:", "https:", "mailto:"]);

/** A link that opens outside, or only its words when the address is not one that is safe to open. */
export function drawLink(url, words) {
  const safe = safeUrl(url);
  if (!safe) return el("span", { class: "link-refused", title: "This address is not opened" }, words || url);
  return el("a", { class: "link", href: safe, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, words || url);
}

/** The address when it is http, https or mailto; otherwise undefined. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return SAFE.has(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

export function drawUser(id, context) {
  const mine = id === context.me ? " mention-me" : "";
  return el("span", { class: `mention${mine}`, data: { user: id } }, `@${context.directory.nameOf(id)}`);
}

export function drawChannel(id, context, words) {
  const name = words || context.directory.channelName(id);
  if (!context.directory.channel(id) || !context.openChannel) return el("span", { class: "mention" }, `#${name}`);
  return el("button", { type: "button", class: "mention mention-channel", on: { click: () => context.openChannel(id) } }, `#${name}`);
}

export function drawGroup(words) {
  return el("span", { class: "mention" }, words.startsWith("@") ? words : `@${words}`);
}

export function drawBroadcast(range) {
  return el("span", { class: "mention mention-me" }, `@${range}`);
}

/** A moment in the reader's zone; the fallback when the format is not one that Slack knows. */
export function drawDate(seconds, pattern, url, fallback, context) {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return el("span", { text: fallback });
  const words = dateWords(pattern, moment, context.zone, context.now()) ?? fallback;
  const time = el("time", { datetime: moment.toISOString(), title: fullTime(moment, context.zone), class: "date", text: words });
  return url ? drawLink(url, time) : time;
}
