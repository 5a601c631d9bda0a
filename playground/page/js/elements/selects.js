// The select menus, single and multi: static, external, users, channels, conversations.
import { plainText } from "../blocks/text.js";
import { combobox } from "./combobox.js";
import { changed, kept, labelled, register } from "./shared.js";

const KINDS = {
  static: { one: "selected_option", many: "selected_options", first: (e) => e.initial_option, firsts: (e) => e.initial_options },
  external: { one: "selected_option", many: "selected_options", first: (e) => e.initial_option, firsts: (e) => e.initial_options },
  users: { one: "selected_user", many: "selected_users", first: (e) => e.initial_user, firsts: (e) => e.initial_users },
  channels: { one: "selected_channel", many: "selected_channels", first: (e) => e.initial_channel, firsts: (e) => e.initial_channels },
  conversations: { one: "selected_conversation", many: "selected_conversations", first: (e) => e.initial_conversation, firsts: (e) => e.initial_conversations },
};

export function drawSelect(element, context, place) {
  const multi = element.type.startsWith("multi_");
  const name = element.type.replace("multi_", "").replace("_select", "");
  const kind = { name, ids: !["static", "external"].includes(name), ...KINDS[name] };
  const before = kept(element, context, place);
  const was = multi ? before?.[kind.many] ?? kind.firsts(element) ?? [] : [before ? before[kind.one] : kind.first(element)];
  const told = (items) => (multi ? { [kind.many]: items.map((item) => item.told) } : { [kind.one]: items[0]?.told ?? null });
  const box = combobox({
    multi,
    most: element.max_selected_items,
    chosen: was.filter(Boolean).map((value) => toItem(value, kind, context)),
    find: (typed) => find(element, kind, context, place, typed),
    typing: name === "external" ? element.min_query_length ?? 3 : 0,
    outside: name === "external",
    changed: (items) => changed(element, context, place, told(items)),
    attributes: { ...labelled(element, place), data: { action: element.action_id ?? "" } },
    optional: Boolean(place.ids) && !place.required,
  });
  register(element, context, place, () => ({ type: element.type, ...told(box.items()) }));
  return box.node;
}

/** An entry of the list: what is shown, and what is told to the app. */
function toItem(value, kind, context) {
  if (!kind.ids) return { key: value.value, label: plainText(value.text), note: plainText(value.description), told: value };
  const label = kind.name === "users" || context.directory.person(value) ? context.directory.nameOf(value) : `#${context.directory.channelName(value)}`;
  return { key: value, label, note: context.directory.person(value)?.title ?? "", told: value };
}

async function find(element, kind, context, place, typed) {
  const groups = kind.name === "external"
    ? grouped(await context.suggest(place.block_id, element.action_id, typed))
    : narrowed(listed(element, kind, context), typed, kind, context);
  return groups.map((group) => ({ label: group.label, items: group.options.map((option) => toItem(option, kind, context)) }))
    .filter((group) => group.items.length > 0);
}

function grouped(answer) {
  if (answer.option_groups) return answer.option_groups.map((group) => ({ label: plainText(group.label), options: group.options }));
  return [{ label: "", options: answer.options ?? [] }];
}

function listed(element, kind, context) {
  if (kind.name === "static") return grouped(element);
  const people = context.directory.people.map((person) => person.id);
  const channels = context.directory.channels.filter((channel) => !channel.is_im).map((channel) => channel.id);
  if (kind.name === "users") return [{ label: "", options: people }];
  if (kind.name === "channels") return [{ label: "", options: channels }];
  return [{ label: "Channels", options: channels }, { label: "People", options: people }];
}

function narrowed(groups, typed, kind, context) {
  const wanted = typed.trim().toLocaleLowerCase();
  const fits = (option) => toItem(option, kind, context).label.toLocaleLowerCase().includes(wanted);
  return groups.map((group) => ({ label: group.label, options: group.options.filter(fits) }));
}
