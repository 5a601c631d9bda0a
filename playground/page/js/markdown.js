// Standard Markdown of a `markdown` block: headings, lists, quotes, fences, tables and emphasis, as nodes.
import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { drawLink } from "./mentions.js";

const INLINE = /`([^`\n]+)`|!?\[([^\]\n]*)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^*\s][^*\n]*?)\*|\b_([^_\s][^_\n]*?)_\b|(https?:\/\/[^\s<>)]+)/gu;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/u;

/** The blocks of a Markdown text. */
export function drawMarkdown(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, next] = drawBlock(lines, at);
    if (node) nodes.push(node);
    at = next;
  }
  return nodes;
}

function drawBlock(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (/^\s*```/u.test(line)) return fence(lines, at);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/u.exec(line);
  if (heading) return [el(`h${Math.min(6, heading[1].length + 2)}`, { class: "md-heading" }, inline(heading[2])), at + 1];
  if (/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/u.test(line)) return [el("hr", { class: "divider" }), at + 1];
  if (/^\s*>/u.test(line)) return quote(lines, at);
  if (ITEM.test(line)) return list(lines, at);
  if (line.includes("|") && /^\s*\|?[\s:|-]+\|[\s:|-]*$/u.test(lines[at + 1] ?? "")) return table(lines, at);
  return paragraph(lines, at);
}

function fence(lines, at) {
  let end = at + 1;
  while (end < lines.length && !/^\s*```/u.test(lines[end])) end += 1;
  return [el("pre", { class: "pre", tabindex: 0 }, el("code", { text: lines.slice(at + 1, end).join("\n") })), end + 1];
}

function quote(lines, at) {
  let end = at;
  while (end < lines.length && /^\s*>/u.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^\s*>\s?/u, "")).join("\n");
  return [el("blockquote", { class: "quote" }, drawMarkdown(inner)), end];
}

function list(lines, at) {
  const [indent, kind] = [ITEM.exec(lines[at])[1].length, /\d/u.test(ITEM.exec(lines[at])[2])];
  const node = el(kind ? "ol" : "ul", { class: "list" });
  let end = at;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]);
    if (!item || item[1].length < indent) break;
    if (item[1].length > indent && node.lastChild) {
      const [inner, next] = list(lines, end);
      node.lastChild.append(inner);
      end = next;
    } else {
      node.append(el("li", {}, inline(item[3])));
      end += 1;
    }
  }
  return [node, end];
}

function table(lines, at) {
  const cells = (line) => line.trim().replace(/^\||\|$/gu, "").split("|").map((cell) => cell.trim());
  const sides = cells(lines[at + 1]).map((rule) => (/^:-+:$/u.test(rule) ? "center" : /-:$/u.test(rule) ? "right" : "left"));
  const row = (line, tag) => el("tr", {}, cells(line).map((cell, i) => el(tag, { class: `align-${sides[i] ?? "left"}` }, inline(cell))));
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  const grid = el("table", { class: "grid" }, el("thead", {}, row(lines[at], "th")), el("tbody", {}, body));
  return [el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Table" }, grid), end];
}

function paragraph(lines, at) {
  let end = at;
  const starts = /^\s*(?:```|#{1,6}\s|>)/u;
  while (end < lines.length && lines[end].trim() && (end === at || !(starts.test(lines[end]) || ITEM.test(lines[end])))) end += 1;
  return [el("p", { class: "md-paragraph" }, inline(lines.slice(at, end).join("\n"))), end];
}

function inline(text, depth = 0) {
  if (depth > 6) return [text];
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) nodes.push(withEmoji(text.slice(at, found.index)));
    nodes.push(emphasis(found, depth));
    at = found.index + found[0].length;
  }
  if (at < text.length) nodes.push(withEmoji(text.slice(at)));
  return nodes;
}

function emphasis([, code, words, url, star2, under2, tilde, star, under, bare], depth) {
  if (code !== undefined) return el("code", { class: "code", text: code });
  if (url !== undefined) return drawLink(url, words || url);
  if (bare !== undefined) return drawLink(bare, bare);
  if (tilde !== undefined) return el("del", {}, inline(tilde, depth + 1));
  const strong = star2 ?? under2;
  return strong === undefined ? el("em", {}, inline(star ?? under, depth + 1)) : el("strong", {}, inline(strong, depth + 1));
}
