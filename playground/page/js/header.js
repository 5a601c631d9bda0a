// The line above a conversation: its name, topic and members.
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

/** Draws it into `header`. */
export function drawHeader(header, session) {
  const { channel, place } = session;
  if (place.kind === "home") {
    header.replaceChildren(el("h2", { class: "channel-name" }, icon("home"), el("bdi", { text: `${session.placeName()} Home` })),
      el("p", { class: "channel-topic", text: "What the app shows to the person you act as" }));
    return;
  }
  const name = channel?.is_im ? avatar(channel.peer, session.directory, "small") : icon(channel?.is_private ? "lock" : "hash");
  const title = session.directory.person(channel?.peer)?.title;
  const members = channel?.members ?? [];
  header.replaceChildren(...[
    el("h2", { class: "channel-name" }, name, el("bdi", { text: session.placeName() })),
    el("p", { class: "channel-topic", dir: "auto", text: (channel?.is_im ? title : channel?.topic) ?? "" }),
    channel && !channel.is_im ? drawMembers(members, session) : null,
  ].filter(Boolean));
}

function drawMembers(members, session) {
  const names = members.map((id) => session.directory.nameOf(id)).join(", ");
  return el("div", { class: "members", title: names, role: "img", "aria-label": `${members.length} members: ${names}` },
    members.slice(0, 4).map((id) => avatar(id, session.directory, "tiny")), el("span", { text: members.length }));
}
