// Blocks that hold others or stand as a card: card, carousel, container, plan and its tasks.
import { el, freshId } from "../dom.js";
import { drawElement } from "../elements/index.js";
import { icon, iconButton } from "../icons.js";
import { drawLink } from "../mentions.js";
import { drawRichText } from "./richtext.js";
import { picture } from "./simple.js";
import { drawText, plainText } from "./text.js";

export function drawCard(block, context) {
  const actions = (block.actions ?? []).map((action) => drawElement(action, context, { block_id: block.block_id, dispatch: true }));
  const head = el("div", { class: "card-head" }, cardIcon(block), el("div", { class: "card-titles" },
    block.title ? drawText(block.title, context, "div", "card-title") : null,
    block.subtitle ? drawText(block.subtitle, context, "div", "card-subtitle") : null));
  return el("article", { class: "card" },
    block.hero_image ? picture(block.hero_image, "card-hero") : null,
    block.title || block.subtitle || block.icon ? head : null,
    block.body ? drawText(block.body, context, "div", "card-body") : null,
    actions.length ? el("div", { class: "actions" }, actions) : null,
    block.subtext ? drawText(block.subtext, context, "div", "card-subtext") : null);
}

function cardIcon(block) {
  if (block.icon) return picture(block.icon, "card-icon");
  return block.slack_icon ? el("span", { class: "card-icon card-icon-named", title: block.slack_icon.name }, icon("bolt")) : null;
}

export function drawCarousel(block, context) {
  const cards = (block.elements ?? []).map((card, index) => drawCard({ block_id: `${block.block_id}-${index}`, ...card }, context));
  const track = el("div", { class: "carousel-track", tabindex: 0, role: "group", "aria-label": `${cards.length} cards, scroll sideways` }, cards);
  const turn = (by, name, label) => iconButton(name, label, () => track.scrollBy({ left: by * 240 }));
  const turns = cards.length > 1 ? el("div", { class: "carousel-turns" }, turn(-1, "left", "Previous cards"), turn(1, "right", "Next cards")) : null;
  return el("div", { class: "carousel" }, track, turns);
}

export function drawContainer(block, context) {
  const title = block.rich_text_title ? drawRichText(block.rich_text_title, context) : el("span", { text: plainText(block.title) });
  const words = el("div", { class: "container-words" }, el("div", { class: "container-title", dir: "auto" }, title),
    block.subtitle ? drawText(block.subtitle, context, "div", "container-subtitle") : null);
  const head = [block.icon ? picture(block.icon, "container-icon") : null, words];
  const body = el("div", { class: "container-body" }, context.drawBlocks(block.child_blocks, context));
  const className = `container container-${block.width ?? "standard"}`;
  if (!block.is_collapsible) {
    const rule = block.has_header_divider ? " ruled" : "";
    return el("section", { class: className }, el("div", { class: `container-head${rule}` }, head), body);
  }
  return el("details", { class: className, open: !block.default_collapsed }, el("summary", { class: "container-head" }, icon("right"), head), body);
}

const STATES = { pending: "To do", in_progress: "In progress", complete: "Done", error: "Failed" };

export function drawTaskCard(task, context) {
  const status = task.status in STATES ? task.status : "pending";
  const sources = (task.sources ?? []).map((source) => el("li", {}, drawLink(source.url, source.text || source.url)));
  return el("div", { class: `task task-${status}` },
    el("span", { class: "task-mark", "aria-hidden": "true" }, status === "complete" ? icon("check") : status === "error" ? icon("close") : ""),
    el("div", { class: "task-words" },
      el("div", { class: "task-title", dir: "auto" }, task.title, el("span", { class: "task-state", text: STATES[status] })),
      task.details ? drawRichText(task.details, context) : null,
      task.output ? el("div", { class: "task-output" }, drawRichText(task.output, context)) : null,
      sources.length ? el("ul", { class: "task-sources" }, sources) : null));
}

export function drawPlan(block, context) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => task.status === "complete").length;
  const id = freshId("plan");
  return el("section", { class: "plan", "aria-labelledby": id },
    el("div", { class: "plan-head" }, el("strong", { id, dir: "auto", text: plainText(block.title) }),
      el("span", { class: "plan-count", text: `${done} of ${tasks.length} done` })),
    tasks.map((task) => drawTaskCard(task, context)));
}
