// table: rows of cells, the first one as the heading, aligned and wrapped as its column_settings say.
import { el } from "../dom.js";
import { drawRichText } from "./richtext.js";

export function drawTable(block, context) {
  const [head = [], ...rows] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const row = (cells, tag) => el("tr", {}, cells.map((cell, index) => (
    el(tag, { class: cellClass(settings[index], cell), scope: tag === "th" ? "col" : null }, drawCell(cell, context)))));
  return scrolling("Table", el("table", { class: "grid" },
    el("thead", {}, row(head, "th")), el("tbody", {}, rows.map((cells) => row(cells, "td")))));
}

/** A frame that scrolls sideways by itself, also by keyboard. */
export function scrolling(label, table) {
  return el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label }, table);
}

/** What stands in one cell. */
export function drawCell(cell, context) {
  if (cell?.type === "rich_text") return drawRichText(cell, context);
  if (cell?.type === "raw_number") return el("span", { dir: "auto", text: cell.text ?? String(cell.value ?? "") });
  return el("span", { dir: "auto", text: cell?.text ?? "" });
}

function cellClass(setting, cell) {
  const side = setting?.align ?? (cell?.type === "raw_number" ? "right" : "left");
  return `align-${side}${setting?.is_wrapped === false ? " nowrap" : ""}`;
}
