// Text objects: plain_text as it is, mrkdwn by Slack's rules.
import { el } from "../dom.js";
import { withEmoji } from "../emoji.js";
import { drawMrkdwn } from "../mrkdwn.js";

/** A text object as one element. */
export function drawText(text, context, tag = "div", className = "") {
  const kind = text?.type === "mrkdwn" ? "mrkdwn" : "plain";
  const inner = kind === "mrkdwn" ? drawMrkdwn(text.text ?? "", context, text.verbatim) : plainText(text);
  return el(tag, { class: `text text-${kind} ${className}`.trim(), dir: "auto" }, inner);
}

/** The characters of a plain_text object (or of a string). */
export function plainText(text) {
  if (typeof text === "string") return text;
  const words = text?.text ?? "";
  return text?.emoji === false ? words : withEmoji(words);
}
