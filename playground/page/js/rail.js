// The left rail: who acts, the channels, the direct messages, and the app.
import { avatar } from "./avatar.js";
import { displayName } from "./directory.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";

/** Draws the rail anew. `go` has: act(person), open(place), direct(peer). */
export function drawRail(rail, session, go) {
  const focused = rail.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const { bot, people } = session.directory;
  const others = people.filter((person) => person.id !== session.me);
  rail.replaceChildren(
    drawSwitcher(session, go),
    el("div", { class: "rail-lists" },
      section("Channels", session.channels().map((channel) => channelEntry(channel, session, go))),
      section("Direct messages", others.map((person) => directEntry(person.id, displayName(person), session, go))),
      bot ? section("App", [homeEntry(session, go), directEntry(bot.user_id, "Messages", session, go)]) : null));
  if (focused) rail.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function drawSwitcher(session, go) {
  const person = session.directory.person(session.me);
  if (!person) return el("div", { class: "switcher" });
  const button = el("button", {
    type: "button", class: "switcher-button", "aria-haspopup": "menu", data: { key: "switcher" }, title: "Act as somebody else (Alt+1 to Alt+9)",
  },
    avatar(person.id, session.directory, "large"),
    el("span", { class: "switcher-words" }, el("span", { class: "switcher-as", text: "Acting as" }),
      el("bdi", { class: "switcher-name", text: displayName(person) }), el("span", { class: "switcher-title", dir: "auto", text: person.title ?? "" })),
    icon("down"));
  const items = session.directory.people.map((one) => ({
    label: displayName(one), note: one.title, current: one.id === session.me, before: avatar(one.id, session.directory), pick: () => go.act(one.id),
  }));
  button.addEventListener("click", () => openMenu(button, items, "Act as"));
  return el("div", { class: "switcher" }, button);
}

function section(title, entries) {
  return el("section", { class: "rail-section", "aria-label": title }, el("h2", { class: "rail-title", text: title }),
    el("ul", { class: "rail-list" }, entries.map((one) => el("li", {}, one))));
}

function entry({ key, label, before, current, unread, pick, className = "" }) {
  const name = unread ? `${label}, ${unread} new` : label;
  return el("button", {
    type: "button", class: `rail-entry ${className} ${unread ? "unread" : ""}`.trim(), data: { key }, on: { click: pick },
    "aria-current": current ? "page" : null, "aria-label": name,
  }, before, el("bdi", { class: "rail-label", text: label }), unread ? el("span", { class: "count", "aria-hidden": "true", text: unread > 99 ? "99+" : unread }) : null);
}

function channelEntry(channel, session, go) {
  return entry({
    key: channel.id, label: channel.name, before: icon(channel.is_private ? "lock" : "hash"), className: channel.is_archived ? "archived" : "",
    current: session.place.id === channel.id, unread: session.unread.get(channel.id), pick: () => go.open({ kind: "channel", id: channel.id }),
  });
}

function directEntry(peer, label, session, go) {
  const id = session.directs.get(peer);
  return entry({
    key: `dm-${peer}`, label, before: avatar(peer, session.directory, "small"), current: Boolean(id) && session.place.id === id,
    unread: id ? session.unread.get(id) : 0, pick: () => go.direct(peer),
  });
}

function homeEntry(session, go) {
  return entry({
    key: "home", label: `${session.directory.bot.name} Home`, before: icon("home"), current: session.place.kind === "home",
    pick: () => go.open({ kind: "home" }),
  });
}
