// Who and what is in the workspace, by id.

const UNKNOWN_COLOR = "#5f6f73";

/** Look-ups over what `GET /play/state` told. */
export function makeDirectory(state) {
  const people = new Map(state.people.map((person) => [person.id, person]));
  const channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  const bot = state.bot ?? { id: "", user_id: "", name: "bot" };
  const groups = new Map((state.usergroups ?? []).map((group) => [group.id, group]));
  const isBot = (id) => Boolean(id) && (id === bot.user_id || id === bot.id);
  return {
    people: state.people,
    channels: state.channels,
    bot,
    isBot,
    person: (id) => people.get(id),
    channel: (id) => channels.get(id),
    nameOf: (id) => (isBot(id) ? bot.name : displayName(people.get(id)) ?? id ?? "somebody"),
    channelName: (id) => channels.get(id)?.name ?? id,
    groupName: (id) => groups.get(id)?.handle ?? id,
    colorOf: (id) => people.get(id)?.avatar_color ?? UNKNOWN_COLOR,
    add(channel) {
      if (channels.has(channel.id)) return;
      channels.set(channel.id, channel);
      state.channels.push(channel);
    },
  };
}

/** The name that people are called by. */
export function displayName(person) {
  return person ? person.real_name || person.name : undefined;
}

/** One or two letters that stand for a name, whatever its script. */
export function initials(name) {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0]?.toLocaleUpperCase() ?? "").join("") || "?";
}
