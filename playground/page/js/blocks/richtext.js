// rich_text: sections, lists, quotes and preformatted text, with every inline element.
import { el } from "../dom.js";
import { emoji } from "../emoji.js";
import { drawBroadcast, drawChannel, drawDate, drawGroup, drawLink, drawUser } from "../mentions.js";

const MARKERS = [["disc", "circle", "square"], ["decimal", "lower-alpha", "lower-roman"]];

/** The block. Lists at a deeper indent are drawn inside the one before them. */
export function drawRichText(block, context) {
  const node = el("div", { class: "rich", dir: "auto" });
  let open = [];
  for (const element of block.elements ?? []) {
    if (element.type === "rich_text_list") open = addList(node, open, element, context);
    else {
      open = [];
      node.append(drawElement(element, context));
    }
  }
  return node;
}

function drawElement(element, context) {
  switch (element.type) {
    case "rich_text_section":
      return el("div", { class: "rich-section" }, inlines(element, context));
    case "rich_text_quote":
      return el("blockquote", { class: "quote" }, inlines(element, context));
    case "rich_text_preformatted":
      return el("pre", { class: "pre", tabindex: 0 }, el("code", {}, inlines(element, context)));
    default:
      return el("div", { class: "unknown" }, `Unknown part of rich text: ${element.type}`);
  }
}

function addList(node, open, list, context) {
  const indent = Math.min(list.indent ?? 0, 8);
  const ordered = list.style === "ordered";
  const items = (list.elements ?? []).map((item) => el("li", {}, inlines(item, context)));
  const marker = MARKERS[ordered ? 1 : 0][indent % 3];
  const drawn = el(ordered ? "ol" : "ul", { class: `list list-${marker}`, start: ordered && list.offset ? list.offset + 1 : undefined }, items);
  const parents = open.filter((entry) => entry.indent < indent);
  const host = parents[parents.length - 1]?.list.lastElementChild;
  (host ?? node).append(drawn);
  return [...parents, { indent, list: drawn }];
}

function inlines(element, context) {
  return (element.elements ?? []).map((part) => drawInline(part, context));
}

function drawInline(part, context) {
  return dress(bare(part, context), part.style ?? {});
}

function bare(part, context) {
  switch (part.type) {
    case "text": return part.text ?? "";
    case "link": return drawLink(part.url, part.text || part.url);
    case "emoji": return drawEmoji(part);
    case "user": return drawUser(part.user_id, context);
    case "channel": return drawChannel(part.channel_id, context);
    case "usergroup": return drawGroup(context.directory.groupName(part.usergroup_id));
    case "broadcast": return drawBroadcast(part.range ?? "channel");
    case "team": return el("span", { class: "mention", text: part.team_id });
    case "color": return drawColor(part.value ?? "");
    case "date": return drawDate(part.timestamp, part.format ?? "{date}", part.url, part.fallback ?? "", context);
    default: return el("span", { class: "unknown-inline", text: `[${part.type}]` });
  }
}

function drawEmoji(part) {
  const character = fromUnicode(part.unicode) ?? emoji(part.name ?? "");
  if (!character) return `:${part.name}:`;
  return el("span", { class: "emoji", role: "img", "aria-label": (part.name ?? "emoji").replaceAll("_", " "), text: character });
}

function fromUnicode(codes) {
  if (!codes || !/^[0-9a-f-]+$/iu.test(codes)) return undefined;
  const points = codes.split("-").map((code) => Number.parseInt(code, 16));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

function drawColor(value) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  if (CSS.supports("color", value)) swatch.style.setProperty("background-color", value);
  return el("code", { class: "code" }, swatch, value);
}

function dress(node, style) {
  let dressed = node;
  for (const [name, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "del"], ["underline", "u"]]) {
    if (style[name]) dressed = el(tag, {}, dressed);
  }
  return style.code ? el("code", { class: "code" }, dressed) : dressed;
}
