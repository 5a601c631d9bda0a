// Three things to try on a first visit.
import { el } from "./dom.js";
import { iconButton } from "./icons.js";

const KEY = "barometer-playground-hints";
const TRIES = [
  { command: "/kpi list", words: "See what is measured, and how it stands" },
  { command: "/kpi show mttr", words: "One KPI: value, target, trend and interval" },
  { command: "/digest preview executive-monthly", words: "The monthly digest, as the executive", executive: true },
];

/** The panel, or null when it was dismissed. `go` has: type(command), act(person). */
export function drawHints(session, go, again = false) {
  if (!again && localStorage.getItem(KEY)) return null;
  const executive = session.directory.people.find((person) => /executive|chief/iu.test(person.title ?? ""));
  const dismiss = () => {
    localStorage.setItem(KEY, "seen");
    node.remove();
    go.focus();
  };
  const node = el("section", { class: session.messages.length ? "hints hints-brief" : "hints", "aria-label": "Three things to try" },
    el("header", { class: "hints-head" }, el("h2", { text: "Three things to try" }), iconButton("close", "Dismiss the hints", dismiss)),
    el("ol", { class: "hints-list" }, TRIES.map((one) => el("li", {}, drawTry(one, executive, session, go)))),
    el("p", { class: "hints-foot" }, "Everything runs on this machine. ", el("b", { text: "Over the wire" }),
      " shows what the bot and the workspace say to each other."));
  return node;
}

function drawTry(one, executive, session, go) {
  const pick = async () => {
    if (one.executive && executive && session.me !== executive.id) await go.act(executive.id);
    go.type(one.command);
  };
  return el("button", { type: "button", class: "hint", on: { click: pick } },
    el("code", { class: "code", text: one.command }), el("span", { text: one.words }));
}
