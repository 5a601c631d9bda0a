// The page itself: puts the pieces in their places and carries events to them.
import { Refusal, post } from "./api.js";
import { Clock } from "./clock.js";
import { Composer } from "./composer.js";
import { attempt } from "./context.js";
import { el } from "./dom.js";
import { listen } from "./events.js";
import { drawHeader } from "./header.js";
import { drawHints } from "./hints.js";
import { drawHome } from "./home.js";
import { icon, iconButton, mark } from "./icons.js";
import { MessageList } from "./messages.js";
import { drawRail } from "./rail.js";
import { Session } from "./session.js";
import { ThreadPanel } from "./thread.js";
import { toast } from "./toasts.js";
import { Views } from "./views.js";
import { Wire } from "./wire.js";

const parts = Object.fromEntries(["app", "topbar", "rail", "main", "side"].map((id) => [id, document.getElementById(id)]));
const session = new Session(changed);
const views = new Views(session);
const clock = new Clock(session);
const wire = new Wire(session, () => showWire(false));
const status = el("span", { class: "status", role: "status" });
const wireCount = el("span", { class: "count count-bad", hidden: true });
const wireButton = el("button", {
  type: "button", class: "chip-button", "aria-pressed": "false", "aria-label": "Over the wire", title: "What went over the wire",
  on: { click: () => showWire(!wireShown) },
}, icon("wire"), el("span", { class: "chip-words", text: "Over the wire" }), wireCount);
const header = el("header", { class: "channel-head" });
const body = el("div", { class: "main-body" });
const list = new MessageList(session, {
  label: "Messages", openThread: (ts) => guarded(() => session.openThread(ts)), older: () => session.loadOlder(),
});
const composer = new Composer(session, () => ({ channel: session.place.id }), { id: "composer-text", sending: () => list.toEnd() });
const thread = new ThreadPanel(session, () => session.closeThread());
let wireShown = false;
let stopListening = () => {};
let hints = null;

const go = {
  act: (id) => chosen(() => act(id)),
  open: (place) => chosen(() => session.open(place).then(() => focusComposer())),
  direct: (peer) => chosen(() => session.openDirect(peer).then(() => focusComposer())),
  type: (words) => {
    if (session.place.kind === "home") guarded(() => session.openDirect(session.directory.bot.user_id).then(() => composer.put(words)));
    else composer.put(words);
  },
  focus: () => focusComposer(),
  join: () => guarded(join),
};

/** Does what was chosen in the rail, which then gets out of the way. */
function chosen(work) {
  closeRail();
  return guarded(work);
}

/** Does what may be refused; a refusal becomes a notice. */
async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    toast(error.message);
  }
}

async function act(id) {
  views.clear();
  session.me = id;
  await listenAs(id);
  await session.act(id);
  for (const view of (await attempt("views", undefined, { as: session.me }))?.views ?? []) views.opened(view);
  await wire.load();
  countRefused();
  clock.tick();
  focusComposer();
  parts.app.dataset.ready = id;
}

/** Opens the line first, so that nothing falls between what is fetched and what is told; a dead line does not hold up the page. */
function listenAs(id) {
  stopListening();
  return new Promise((resolve) => {
    setTimeout(resolve, 1500);
    stopListening = listen(id, heard, (open, again) => {
      resolve();
      lineChanged(open, again);
    });
  });
}

async function join() {
  await post("join", { as: session.me, channel: session.place.id });
  await session.loadState();
  await session.open(session.place);
}

function closeRail() {
  parts.app.classList.remove("rail-open");
}

function focusComposer() {
  if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) composer.text.focus();
}

const HEARD = {
  message: (event) => session.receive(event.channel, event.message, true),
  ephemeral: (event) => session.receive(event.channel, event.message, true),
  message_changed: (event) => session.receive(event.channel, event.message, false),
  channel_changed: () => guarded(async () => { await session.loadState(); changed("rail"); }),
  reply_count: (event) => event.message && session.receive(event.channel, event.message, false),
  message_deleted: (event) => session.remove(event.channel, event.ts),
  view_opened: (event) => views.opened(event.view),
  view_updated: (event) => views.updated(event.view),
  view_closed: (event) => views.closed(event.view_id),
  home: (event) => { session.home = event.view; if (session.place.kind === "home") changed("home"); },
  log: (event) => { wire.add(event.entry); countRefused(); },
  late_ack: () => wireButton.classList.add("alerted"),
  connected: (event) => { session.state.connected = event.connected ?? true; showStatus(true); },
  clock: (event) => { session.setClock(event.now); clock.tick(); },
};

function heard(event) {
  HEARD[event.type]?.(event);
}

function lineChanged(open, again) {
  showStatus(open);
  if (open && again) guarded(catchUp);
}

/** After a break: what happened meanwhile. */
async function catchUp() {
  await session.loadState();
  changed("rail");
  if (session.place.kind === "home") await session.loadHome();
  else await session.loadMessages();
  await wire.load();
}

function showStatus(open) {
  const { connected, bot } = session.state;
  const name = bot?.name ?? "The bot";
  const [state, words] = !open ? ["lost", "Reconnecting…"] : connected ? ["good", `${name} is connected`] : ["away", `${name} is not connected`];
  if (status.dataset.state === state && status.textContent === words) return;
  status.dataset.state = state;
  status.title = words;
  status.replaceChildren(el("span", { class: "status-dot", "aria-hidden": "true" }), el("span", { class: "status-words", text: words }));
}

function countRefused() {
  wireCount.hidden = !wire.refused || wireShown;
  wireCount.textContent = wire.refused > 99 ? "99+" : String(wire.refused);
  wireButton.setAttribute("aria-label", wire.refused ? `Over the wire, ${wire.refused} refused` : "Over the wire");
}

function showWire(shown) {
  wireShown = shown;
  wireButton.setAttribute("aria-pressed", String(shown));
  wireButton.classList.remove("alerted");
  if (shown) wire.refused = 0;
  countRefused();
  drawSide();
  if (!shown) wireButton.focus();
}

function drawSide() {
  const panel = wireShown ? wire.node : session.thread ? thread.node : null;
  parts.side.hidden = !panel;
  parts.app.classList.toggle("side-open", Boolean(panel));
  if (panel && panel.parentNode !== parts.side) parts.side.replaceChildren(panel);
  if (wireShown) wire.draw();
}

const CHANGES = {
  opening: () => { drawPlace(); drawRail(parts.rail, session, go); drawSide(); remember(); },
  opened: () => showMessages(true),
  messages: () => showMessages(false),
  home: () => session.place.kind === "home" && drawHome(body, session),
  rail: () => drawRail(parts.rail, session, go),
  thread: () => { if (session.thread) showWire(false); thread.open(); drawSide(); },
  "thread-opened": () => thread.show(true),
  "thread-messages": () => thread.show(false),
};

function changed(what) {
  CHANGES[what]?.();
}

function drawPlace() {
  drawHeader(header, session);
  document.title = `${session.placeName()} · Barometer playground`;
  if (session.place.kind === "home") {
    body.replaceChildren();
    return;
  }
  const { channel } = session;
  const member = channel?.is_im || (channel?.members ?? []).includes(session.me);
  const name = channel?.is_im ? session.placeName() : `#${session.placeName()}`;
  composer.describe(channel?.is_archived ? `${name} is archived` : `Message ${name}`, channel?.is_archived);
  const foot = member || channel?.is_archived ? composer.node : joinBar(name);
  body.replaceChildren(...[list.node, hints?.isConnected ? hints : null, foot].filter(Boolean));
  list.show(session.place.id, [], { opening: true });
}

function joinBar(name) {
  const button = el("button", { type: "button", class: "button button-primary", text: "Join channel", on: { click: go.join } });
  return el("div", { class: "join" }, el("span", {}, "You are looking at ", el("bdi", { text: name })), button);
}

function showMessages(opening) {
  list.show(session.place.id, session.messages, { opening, empty: emptyNote() });
}

function emptyNote() {
  const name = session.channel?.is_im ? session.placeName() : `#${session.placeName()}`;
  return el("div", { class: "empty" }, mark(), el("h2", { dir: "auto", text: name }),
    el("p", { text: "Nothing here yet. Say something, or type / for what the bot can do." }));
}

function remember() {
  history.replaceState(null, "", `#${session.me}/${session.place.kind === "home" ? "home" : session.place.id}`);
}

function showHints(again) {
  // Asked for while the page was still loading: what stands already is not taken away.
  if (!again && hints?.isConnected) return;
  hints?.remove();
  hints = drawHints(session, go, again);
  if (hints && body.contains(composer.node)) composer.node.before(hints);
  else if (hints) body.prepend(hints);
}

function drawFrame() {
  const menu = iconButton("menu", "People and channels", () => parts.app.classList.toggle("rail-open"), { class: "icon-button menu-button" });
  const help = iconButton("help", "Three things to try", () => showHints(true));
  const name = el("h1", { class: "brand-name" }, "Barometer", el("span", { class: "brand-note", text: "playground" }));
  const tools = el("div", { class: "topbar-tools" }, status, clock.node, wireButton, help);
  parts.topbar.append(menu, el("div", { class: "brand" }, mark(), name), tools);
  parts.main.append(header, body);
  parts.main.addEventListener("click", closeRail, { capture: true });
  document.addEventListener("keydown", shortcut);
}

function shortcut(event) {
  if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-9]$/u.test(event.code)) {
    const person = session.directory.people[Number(event.code.slice(5)) - 1];
    if (person && person.id !== session.me) {
      event.preventDefault();
      go.act(person.id);
    }
  } else if (event.key === "Escape" && !event.defaultPrevented) {
    if (parts.app.classList.contains("rail-open")) closeRail();
    else if (wireShown) showWire(false);
    else if (session.thread) session.closeThread();
  }
}

async function start() {
  drawFrame();
  showStatus(false);
  await session.loadState();
  const [person, place] = decodeURIComponent(location.hash.slice(1)).split("/");
  const first = session.directory.person(person) ?? session.directory.people[0];
  session.place = place === "home" ? { kind: "home" } : { kind: "channel", id: place ?? "" };
  await act(first.id);
  showHints(false);
}

guarded(start);
