// data_table: caption, sorting by any column, pages, numbers to the right.
import { el, freshId, unseen } from "../dom.js";
import { icon } from "../icons.js";
import { drawCell, scrolling } from "./table.js";

export function drawDataTable(block, context) {
  const [head = [], ...rows] = block.rows ?? [];
  const table = {
    head, rows, context, page: 0, sortedBy: null, descending: false,
    size: Math.max(1, block.page_size ?? 5),
    rowHeader: block.row_header_column_index ?? 0,
    numeric: head.map((_, column) => isNumeric(rows, column)),
    body: el("tbody"), pager: el("div", { class: "pager" }), id: freshId("table"),
  };
  table.heads = head.map((cell, column) => drawHead(table, cell, column));
  refresh(table);
  const grid = el("table", { class: "grid grid-data", "aria-labelledby": table.id },
    el("thead", {}, el("tr", {}, table.heads)), table.body);
  return el("div", { class: "datatable" },
    el("div", { class: "datatable-caption", id: table.id, dir: "auto", text: block.caption ?? "" }),
    scrolling(block.caption ?? "Table", grid), table.pager);
}

function textOf(cell) {
  if (cell?.type !== "rich_text") return cell?.text ?? String(cell?.value ?? "");
  const flat = (part) => part.text ?? (part.elements ?? []).map(flat).join("");
  return flat(cell);
}

const NUMBER = /^[+\-−±]?\s?[€$£¥]?\s?\d[\d\s,.]*(?:\/\s?\d+|\s?(?:%|[a-zµ]{1,4}(?:\/[a-z]{1,4})?|[€$£¥]))?$/iu;

function isNumeric(rows, column) {
  const cells = rows.map((row) => row[column]).filter((cell) => !["", "–", "—", "no value", "no data"].includes(textOf(cell).trim()));
  return cells.length > 0 && cells.every((cell) => cell?.type === "raw_number" || NUMBER.test(textOf(cell).trim()));
}

function sortKey(cell, numeric) {
  if (cell?.type === "raw_number") return cell.value;
  const text = textOf(cell);
  if (!numeric) return text;
  const first = /-?\d+(?:\.\d+)?/u.exec(text.replace(/−/gu, "-").replace(/(?<=\d),(?=\d{3})/gu, ""));
  return first ? Number(first[0]) : null;
}

function drawHead(table, cell, column) {
  const button = el("button", { type: "button", class: "sort", on: { click: () => sortBy(table, column) } },
    el("span", { text: textOf(cell) }), icon("down"), unseen(", sort"));
  return el("th", { scope: "col", class: table.numeric[column] ? "align-right" : "align-left", "aria-sort": "none" }, button);
}

function sortBy(table, column) {
  table.descending = table.sortedBy === column ? !table.descending : false;
  table.sortedBy = column;
  table.page = 0;
  table.heads.forEach((head, index) => {
    head.setAttribute("aria-sort", index !== column ? "none" : table.descending ? "descending" : "ascending");
  });
  refresh(table);
}

function sortedRows(table) {
  if (table.sortedBy === null) return table.rows;
  const [column, way] = [table.sortedBy, table.descending ? -1 : 1];
  const keyed = table.rows.map((row) => [sortKey(row[column], table.numeric[column]), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return way * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
  });
  return keyed.map(([, row]) => row);
}

function refresh(table) {
  const from = table.page * table.size;
  const shown = sortedRows(table).slice(from, from + table.size);
  table.body.replaceChildren(...shown.map((row) => el("tr", {}, row.map((cell, column) => {
    const header = column === table.rowHeader;
    const side = table.numeric[column] ? "align-right" : "align-left";
    const short = textOf(cell).length <= (header ? 24 : 14) ? " nowrap" : "";
    return el(header ? "th" : "td", { class: `${side}${short}`, scope: header ? "row" : null }, drawCell(cell, table.context));
  }))));
  refreshPager(table, from, shown.length);
}

function refreshPager(table, from, count) {
  const pages = Math.ceil(table.rows.length / table.size);
  table.pager.hidden = pages < 2;
  const turn = (by, name, label) => el("button", {
    type: "button", class: "icon-button", "aria-label": label, disabled: table.page + by < 0 || table.page + by >= pages,
    on: { click: () => { table.page += by; refresh(table); table.pager.querySelector(`[aria-label="${label}"]:enabled`)?.focus(); } },
  }, icon(name));
  table.pager.replaceChildren(
    el("span", { class: "pager-count", role: "status", text: `${from + 1}–${from + count} of ${table.rows.length}` }),
    turn(-1, "left", "Previous rows"), turn(1, "right", "Next rows"));
}
