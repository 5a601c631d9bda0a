// Slack's mrkdwn, read into nodes: the text of a message never becomes markup.
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { drawBroadcast, drawChannel, drawDate, drawGroup, drawLink, drawUser } from "./mentions.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const MARKS = { "*": "strong", _: "em", "~": "del" };
const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+(?:::skin-tone-\d)?):|([*_~])/gu;
const DEEPEST = 8;

/** Slack's three entities back to characters. */
export function unescape(text) {
  return text.replace(/&(?:amp|lt|gt);/gu, (entity) => ENTITIES[entity]);
}

/** A block of mrkdwn as nodes. With `verbatim`, bare addresses stay text. */
export function drawMrkdwn(text, context, verbatim = false) {
  return fences(text).flatMap((piece, index, all) => {
    if (!piece.fenced) return drawLines(piece.text, context, verbatim, index > 0 && all[index - 1].fenced);
    return [el("pre", { class: "pre", tabindex: 0 }, el("code", { text: unescape(piece.text.replace(/^\n|\n$/gu, "")) }))];
  });
}

/** Text between pairs of three backticks, and what stands around it; a pair with nothing inside stays as typed. */
function fences(text) {
  const pieces = [];
  let around = "";
  text.split("```").forEach((piece, index, all) => {
    const [inside, closed] = [index % 2 === 1, index < all.length - 1];
    if (inside && closed && piece.trim()) {
      pieces.push({ text: around }, { text: piece, fenced: true });
      around = "";
    } else around += inside ? `\`\`\`${piece}${closed ? "```" : ""}` : piece;
  });
  return [...pieces, { text: around }].filter((piece) => piece.text);
}

function drawLines(text, context, verbatim, afterFence) {
  const trimmed = afterFence ? text.replace(/^\n/u, "") : text;
  const nodes = [];
  for (const run of quoteRuns(trimmed)) {
    const inner = drawInline(run.lines.join("\n"), context, verbatim, 0);
    if (run.quoted) nodes.push(el("blockquote", { class: "quote" }, inner));
    else nodes.push(...inner);
  }
  return nodes;
}

function quoteRuns(text) {
  const runs = [];
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>)[ ]?(.*)$/u.exec(line);
    const last = runs[runs.length - 1];
    if (last && last.quoted === Boolean(quote)) last.lines.push(quote ? quote[1] : line);
    else runs.push({ quoted: Boolean(quote), lines: [quote ? quote[1] : line] });
  }
  return runs.filter((run, at) => run.quoted || run.lines.length > 1 || run.lines[0] !== "" || (at === 0 && runs.length === 1));
}

/** Emphasis, code, links, mentions and emoji in one run of text. */
export function drawInline(text, context, verbatim, depth) {
  const nodes = [];
  let at = 0;
  INLINE.lastIndex = 0;
  for (let found = INLINE.exec(text); found; found = INLINE.exec(text)) {
    const drawn = drawFound(found, text, context, verbatim, depth);
    if (drawn) {
      pushText(nodes, text.slice(at, found.index), verbatim);
      nodes.push(drawn.node);
      at = drawn.end;
    }
    INLINE.lastIndex = drawn ? drawn.end : found.index + 1;
  }
  pushText(nodes, text.slice(at), verbatim);
  return nodes;
}

function drawFound(found, text, context, verbatim, depth) {
  const [whole, code, angle, name, mark] = found;
  const end = found.index + whole.length;
  if (code !== undefined) return { node: el("code", { class: "code", text: unescape(code) }), end };
  if (angle !== undefined) return { node: drawAngle(angle, context), end };
  if (name !== undefined) return emoji(name) ? { node: drawEmoji(name), end } : undefined;
  return depth < DEEPEST ? drawMarked(mark, found.index, text, context, verbatim, depth) : undefined;
}

function drawMarked(mark, start, text, context, verbatim, depth) {
  const end = closing(mark, start, text);
  if (end < 0) return undefined;
  const resume = INLINE.lastIndex;
  const inner = drawInline(text.slice(start + 1, end), context, verbatim, depth + 1);
  INLINE.lastIndex = resume;
  return { node: el(MARKS[mark], {}, inner), end: end + 1 };
}

const WORD = /[\p{L}\p{N}]/u;

function closing(mark, start, text) {
  const before = text[start - 1] ?? " ";
  if (WORD.test(before) || /\s/u.test(text[start + 1] ?? " ") || text[start + 1] === mark) return -1;
  const lineEnd = text.indexOf("\n", start);
  const limit = lineEnd < 0 ? text.length : lineEnd;
  for (let end = text.indexOf(mark, start + 2); end > 0 && end < limit; end = text.indexOf(mark, end + 1)) {
    const after = text[end + 1] ?? " ";
    if (!/\s/u.test(text[end - 1]) && !WORD.test(after)) return end;
  }
  return -1;
}

function drawEmoji(name) {
  return el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:`, text: emoji(name) });
}

function drawAngle(inside, context) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const words = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (/^@[UWB]/u.test(target)) return drawUser(target.slice(1), context);
  if (/^#[CGD]/u.test(target)) return drawChannel(target.slice(1), context, words);
  if (target.startsWith("!")) return drawSpecial(target.slice(1), words, context);
  return drawLink(unescape(target), words || unescape(target));
}

function drawSpecial(target, words, context) {
  const [kind, first = "", second = "", third] = target.split("^");
  if (kind === "date") return drawDate(first, second, third && unescape(third), words, context);
  if (kind === "subteam") return drawGroup(words || context.directory.groupName(first));
  if (["channel", "here", "everyone"].includes(kind)) return drawBroadcast(kind);
  return el("span", { text: words || `<!${unescape(target)}>` });
}

function pushText(nodes, text, verbatim) {
  if (!text) return;
  const plain = unescape(text);
  if (verbatim) nodes.push(plain);
  else nodes.push(...linkBareAddresses(plain));
}

function linkBareAddresses(text) {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/u)
    .map((piece, index) => (index % 2 === 1 ? drawLink(piece, piece) : piece)).filter((piece) => piece !== "");
}
