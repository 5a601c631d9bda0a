// One message: who, when, what, its marks, files, and the way into its thread.
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks/index.js";
import { picture } from "./blocks/simple.js";
import { attempt, contextFor } from "./context.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { Fields } from "./fields.js";
import { icon, iconButton } from "./icons.js";
import { drawMrkdwn } from "./mrkdwn.js";
import { clockTime, fullTime, momentOf, shortTime } from "./time.js";

const FOLD_AT = 4000;

/** Who said it. */
export function authorOf(message) {
  return message.user ?? message.bot_id ?? "";
}

/** A message as an article. `openThread(ts)` is absent inside a thread. */
export function drawMessage(message, channel, session, openThread) {
  const author = authorOf(message);
  const name = message.username ?? session.directory.nameOf(author);
  const node = el("article", {
    class: `message${message.is_ephemeral ? " message-ephemeral" : ""}`, data: { ts: message.ts },
    "aria-label": `${name}, ${fullTime(momentOf(message.ts), session.zone)}`,
  },
  el("div", { class: "message-side" }, avatar(author, session.directory), stamp(message, session, "message-aside")),
  el("div", { class: "message-main" }, message.is_ephemeral ? drawPrivateMark() : null, drawHead(message, name, session),
    drawBody(message, channel, session), drawFiles(message, session), drawReactions(message, channel, session), openThread ? drawThreadLink(message, session, openThread) : null),
  message.is_ephemeral ? null : drawTools(message, channel, session, openThread));
  return node;
}

function drawPrivateMark() {
  return el("div", { class: "private-mark" }, icon("eye"), "Only visible to you");
}

function drawHead(message, name, session) {
  const bot = message.bot_id || session.directory.isBot(message.user);
  return el("header", { class: "message-head" }, el("bdi", { class: "message-author", text: name }),
    bot ? el("span", { class: "badge", text: "App" }) : null, stamp(message, session, "message-time"));
}

function stamp(message, session, className) {
  const moment = momentOf(message.ts);
  return el("time", { class: className, datetime: moment.toISOString(), title: fullTime(moment, session.zone), text: clockTime(moment, session.zone) });
}

function drawBody(message, channel, session) {
  const container = {
    type: "message", channel, message_ts: message.ts, thread_ts: message.thread_ts, is_ephemeral: Boolean(message.is_ephemeral),
  };
  const fields = new Fields();
  const context = contextFor(session, "message", container, { fields });
  const blocks = message.blocks?.length ? drawBlocks(message.blocks, context) : null;
  const text = !blocks && message.text ? el("div", { class: "text text-mrkdwn", dir: "auto" }, drawMrkdwn(message.text, context)) : null;
  const attached = (message.attachments ?? []).map((one) => drawAttachment(one, context));
  const edited = message.edited ? el("span", { class: "edited", title: shortTime(momentOf(message.edited.ts), session.zone), text: "(edited)" }) : null;
  const body = el("div", { class: "message-body" }, blocks, text, attached, edited);
  return (message.text?.length ?? 0) > FOLD_AT && !blocks ? fold(body) : body;
}

function drawAttachment(attachment, context) {
  const words = attachment.text ?? attachment.fallback;
  const frame = el("div", { class: "attachment" },
    attachment.title ? el("strong", { dir: "auto", text: attachment.title }) : null,
    attachment.blocks ? drawBlocks(attachment.blocks, context) : null,
    !attachment.blocks && words ? el("div", { class: "text", dir: "auto" }, drawMrkdwn(words, context)) : null);
  if (/^#?[0-9a-f]{6}$/iu.test(attachment.color ?? "")) frame.style.setProperty("border-color", `#${attachment.color.replace("#", "")}`);
  return frame;
}

function fold(body) {
  body.classList.add("folded");
  const button = el("button", { type: "button", class: "button button-small fold", "aria-expanded": "false", text: "Show all" });
  button.addEventListener("click", () => {
    const folded = body.classList.toggle("folded");
    button.textContent = folded ? "Show all" : "Show less";
    button.setAttribute("aria-expanded", String(!folded));
  });
  return el("div", {}, body, button);
}

function drawFiles(message, session) {
  const files = message.files ?? [];
  return files.length ? el("div", { class: "files" }, files.map((file) => drawFile(file, session))) : null;
}

function drawFile(file, session) {
  const name = file.title || file.name || file.id;
  const url = `/play/file?${new URLSearchParams({ id: file.id, as: session.me })}`;
  const open = { class: "filecard", href: url, target: "_blank", rel: "noopener" };
  if (/^image\/(?:png|jpeg|gif)$/u.test(file.mimetype ?? "")) {
    return el("a", { ...open, class: "filepicture" }, picture({ image_url: url, alt_text: file.alt_txt || name }, "image-picture"));
  }
  const words = el("span", { class: "filecard-words" }, el("span", { class: "filecard-name", dir: "auto", text: name }),
    el("span", { class: "filecard-note", text: [file.pretty_type ?? file.filetype, size(file.size)].filter(Boolean).join(" · ") }));
  return el("a", { ...open, download: file.name ?? "" }, icon("file"), words);
}

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function drawThreadLink(message, session, openThread) {
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const last = message.latest_reply ? el("span", { class: "thread-last", text: `last ${shortTime(momentOf(message.latest_reply), session.zone)}` }) : null;
  const faces = (message.reply_users ?? []).slice(0, 3).map((id) => avatar(id, session.directory, "tiny"));
  return el("button", { type: "button", class: "thread-link", on: { click: () => openThread(message.ts) } },
    faces, el("span", { class: "thread-count", text: count === 1 ? "1 reply" : `${count} replies` }), last);
}

function drawTools(message, channel, session, openThread) {
  const pin = el("button", { type: "button", class: "icon-button", title: "React with a pushpin", "aria-label": "React with a pushpin",
    on: { click: () => react(message, channel, session, "pushpin") }, text: "📌" });
  const reply = openThread ? iconButton("reply", "Reply in thread", () => openThread(message.thread_ts ?? message.ts)) : null;
  return el("div", { class: "message-tools" }, pin, reply);
}

function drawReactions(message, channel, session) {
  const given = message.reactions ?? [];
  return given.length ? el("div", { class: "reactions" }, given.map((one) => drawReaction(one, message, channel, session))) : null;
}

function drawReaction(one, message, channel, session) {
  const who = one.users.map((id) => session.directory.nameOf(id)).join(", ");
  return el("button", {
    type: "button", class: "reaction", title: `${who} reacted with :${one.name}:`, "aria-label": `:${one.name}:, ${one.count}, ${who}`,
    "aria-pressed": String(one.users.includes(session.me)), on: { click: () => react(message, channel, session, one.name) },
  }, emoji(one.name) ?? `:${one.name}:`, el("span", { text: String(one.count) }));
}

function react(message, channel, session, name) {
  attempt("react", { as: session.me, channel, ts: message.ts, name });
}
