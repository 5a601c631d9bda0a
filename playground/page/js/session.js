// What the page knows: who acts, where they are, and what stands there.
import { get, post } from "./api.js";
import { displayName, makeDirectory } from "./directory.js";

export class Session {
  /** `changed(what)` is called after every change: "place", "messages", "thread", "rail", "home". */
  constructor(changed) {
    this.changed = changed;
    this.state = { people: [], channels: [], bot: null, commands: [], clock: {}, connected: false };
    this.directory = makeDirectory(this.state);
    this.me = "";
    this.place = { kind: "channel", id: "" };
    this.messages = [];
    this.more = true;
    this.thread = null;
    this.home = null;
    this.unread = new Map();
    this.directs = new Map();
    this.clockOffset = 0;
    this.turn = 0;
  }

  get zone() {
    return this.directory.person(this.me)?.tz ?? "UTC";
  }

  get channel() {
    return this.directory.channel(this.place.id);
  }

  now() {
    return new Date(Date.now() + this.clockOffset);
  }

  async loadState() {
    this.state = await get("state", { as: this.me || undefined });
    this.state.people = this.state.people.filter((person) => !person.is_bot && person.id !== this.state.bot?.user_id);
    this.directory = makeDirectory(this.state);
    for (const channel of this.state.channels.filter((one) => one.is_im)) this.#rememberDirect(channel);
    this.setClock(this.state.clock.now);
  }

  setClock(now) {
    if (now) this.clockOffset = new Date(now).getTime() - Date.now();
  }

  /** The channels that the acting person may see, as they stand in the rail. */
  channels() {
    return this.state.channels.filter((channel) => !channel.is_im && (!channel.is_private || (channel.members ?? []).includes(this.me)));
  }

  /** Sits down as somebody else. */
  async act(person) {
    this.me = person;
    this.unread.clear();
    this.directs.clear();
    this.thread = null;
    this.home = null;
    await this.loadState();
    const staying = this.place.kind === "home" || this.channels().some((channel) => channel.id === this.place.id);
    await this.open(staying ? this.place : { kind: "channel", id: await this.#livelyChannel() });
  }

  /** The first of one's channels in which something stands, or else simply the first. */
  async #livelyChannel() {
    const channels = this.channels();
    const mine = channels.filter((channel) => (channel.members ?? []).includes(this.me));
    const stands = await Promise.all(mine.map((channel) => this.#stands(channel.id)));
    return (mine[stands.indexOf(true)] ?? mine[0] ?? channels[0])?.id ?? "";
  }

  async #stands(channel) {
    const { messages } = await get("messages", { as: this.me, channel });
    return messages.length > 0;
  }

  /** Goes to a channel ({kind: "channel", id}) or to the app's Home ({kind: "home"}). */
  async open(place) {
    const turn = (this.turn += 1);
    this.place = place;
    this.thread = null;
    this.messages = [];
    this.more = true;
    this.unread.delete(place.id);
    this.changed("opening");
    if (place.kind === "home") await this.loadHome(turn);
    else await this.loadMessages(turn);
  }

  async loadHome(turn = this.turn) {
    const { view } = await get("home", { as: this.me });
    if (turn !== this.turn) return;
    this.home = view ?? this.home;
    this.changed("home");
  }

  async loadMessages(turn = this.turn) {
    if (!this.place.id) return;
    const { messages } = await get("messages", { as: this.me, channel: this.place.id });
    if (turn !== this.turn) return;
    // What came meanwhile is newer than what was fetched.
    this.messages = this.messages.reduce((all, message) => merged(all, message, true), messages);
    this.changed("opened");
  }

  /** Fetches what came before; true when there was something. */
  async loadOlder() {
    const first = this.messages[0];
    if (!first || !this.more) return false;
    const turn = this.turn;
    const { messages } = await get("messages", { as: this.me, channel: this.place.id, before: first.ts });
    if (turn !== this.turn) return false;
    const known = new Set(this.messages.map((message) => message.ts));
    const older = messages.filter((message) => !known.has(message.ts));
    this.more = older.length > 0;
    this.messages = [...older, ...this.messages];
    if (this.more) this.changed("messages");
    return this.more;
  }

  /** Opens the direct messages with somebody. */
  async openDirect(peer) {
    const answer = await post("open-dm", { as: this.me, with: peer });
    const id = answer.channel?.id ?? answer.channel;
    this.#learnDirect(id, peer);
    await this.open({ kind: "channel", id });
  }

  #learnDirect(id, peer) {
    this.directs.set(peer, id);
    this.directory.add({ id, name: this.directory.nameOf(peer), is_im: true, peer, members: [this.me, peer] });
    const channel = this.directory.channel(id);
    channel.peer = peer;
    channel.name = this.directory.nameOf(peer);
  }

  #rememberDirect(channel) {
    const members = channel.members ?? [];
    const peer = members.find((member) => member !== this.me) ?? channel.user;
    if (peer && (!members.length || members.includes(this.me))) this.#learnDirect(channel.id, peer);
  }

  async openThread(ts) {
    const thread = { channel: this.place.id, ts, messages: [] };
    this.thread = thread;
    this.changed("thread");
    const { messages } = await get("thread", { as: this.me, channel: thread.channel, ts });
    if (this.thread !== thread) return;
    thread.messages = thread.messages.reduce((all, message) => merged(all, message, true), messages);
    this.changed("thread-opened");
  }

  closeThread() {
    this.thread = null;
    this.changed("thread");
  }

  /** Takes in a message that came or changed. */
  receive(channel, message, isNew) {
    if (isNew && message.user && channel.startsWith("D") && !this.directory.channel(channel)) this.#meet(channel, message.user);
    const reply = message.thread_ts && message.thread_ts !== message.ts;
    if (this.place.id === channel && (!reply || message.subtype === "thread_broadcast")) {
      this.messages = merged(this.messages, message, isNew);
      this.changed("messages");
    }
    if (this.thread?.channel === channel && (message.thread_ts ?? message.ts) === this.thread.ts) {
      this.thread.messages = merged(this.thread.messages, message, isNew);
      this.changed("thread-messages");
    }
    if (isNew && this.place.id !== channel && message.user !== this.me) this.#count(channel);
  }

  #meet(channel, peer) {
    this.#learnDirect(channel, peer);
    this.changed("rail");
  }

  #count(channel) {
    this.unread.set(channel, (this.unread.get(channel) ?? 0) + 1);
    this.changed("rail");
  }

  remove(channel, ts) {
    if (this.place.id === channel) {
      this.messages = this.messages.filter((message) => message.ts !== ts);
      this.changed("messages");
    }
    if (this.thread?.channel === channel) {
      this.thread.messages = this.thread.messages.filter((message) => message.ts !== ts);
      this.changed("thread-messages");
    }
  }

  /** How a place is called in the header and the message box. */
  placeName() {
    if (this.place.kind === "home") return this.directory.bot.name;
    const channel = this.channel;
    if (!channel) return "";
    return channel.is_im ? displayName(this.directory.person(channel.peer)) ?? this.directory.nameOf(channel.peer) : channel.name;
  }
}

function merged(messages, message, isNew) {
  const at = messages.findIndex((one) => one.ts === message.ts);
  if (at >= 0) return messages.with(at, message);
  if (!isNew) return messages;
  return [...messages, message].sort((a, b) => Number(a.ts) - Number(b.ts));
}
