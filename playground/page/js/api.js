// The page's side of /play/: every request goes through here, and every refusal becomes one Refusal.

/** The workspace said no, or could not be reached; `message` can be shown as it is. */
export class Refusal extends Error {}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(`/play/${path}`, { ...options, headers: { "content-type": "application/json" } });
  } catch (cause) {
    throw new Refusal("The playground does not answer. Is it still running in your terminal?", { cause });
  }
  const text = await answer.text();
  const data = parse(text);
  if (!answer.ok) throw new Refusal(inWords(data.note ?? data.error) ?? `The playground answered ${answer.status}.`);
  return data;
}

const WORDS = {
  channel_not_found: "You cannot see this conversation.",
  element_not_found: "This message or form has changed meanwhile.",
  is_archived: "This channel is archived: nobody can write here.",
  message_not_found: "This message is gone.",
  msg_too_long: "A message can have 40,000 characters at most.",
  not_found: "This form is not open any more.",
  not_in_channel: "You are not in this channel: join it first.",
};

function inWords(code) {
  return code in WORDS ? `${WORDS[code]} (${code})` : code;
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch (cause) {
    throw new Refusal("The playground answered with something that is not JSON.", { cause });
  }
}

/** GET /play/`path` with `query`. */
export function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const words = new URLSearchParams(given).toString();
  return ask(words ? `${path}?${words}` : path, { method: "GET" });
}

/** POST /play/`path` with `body` as JSON. */
export function post(path, body) {
  return ask(path, { method: "POST", body: JSON.stringify(body) });
}
