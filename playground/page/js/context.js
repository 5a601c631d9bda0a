// What the drawing of blocks needs to know and may do, for one message, modal or Home tab.
import { get, post, Refusal } from "./api.js";
import { ask } from "./dialog.js";
import { toast } from "./toasts.js";

/** The drawing context for `container` on `surface` ("message", "modal", "home"). */
export function contextFor(session, surface, container, more = {}) {
  const about = () => ({ as: session.me, container });
  return {
    directory: session.directory,
    zone: session.zone,
    me: session.me,
    now: () => session.now(),
    surface,
    confirm: ask,
    openChannel: (id) => session.open({ kind: "channel", id }),
    uploadFile: (file) => uploadForForm(session, file),
    act: (block_id, action_id, action) => attempt("action", { ...about(), block_id, action_id, action, values: more.fields?.values() }),
    suggest: (block_id, action_id, value) => suggest({ ...about(), block_id, action_id, value }),
    ...more,
  };
}

async function suggest(body) {
  const answer = await attempt("suggest", body);
  return answer ?? { options: [] };
}

/** POSTs `body` (or GETs `query` when there is none), and tells a refusal as a notice; undefined then. */
export async function attempt(path, body, query) {
  try {
    const answer = await (body ? post(path, body) : get(path, query));
    if (answer.ok === false && !answer.errors) {
      tellRefusal(answer);
      return undefined;
    }
    return answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    toast(error.message);
    return undefined;
  }
}

function tellRefusal(answer) {
  const words = answer.note ?? answer.error ?? "The workspace refused this.";
  const [code, ...rest] = words.split(": ");
  if (rest.length && /^[a-z_]+$/u.test(code)) toast(code, rest.join(": "));
  else toast(words);
}

/** Sends a file to the workspace; where it goes is in `where` (a channel, or the view that asked for it). */
export async function upload(session, file, where) {
  const content_base64 = await base64(file);
  return attempt("upload", { as: session.me, filename: file.name, content_base64, ...where });
}

/** A form's file goes to the direct messages with the app; the form carries what the workspace calls it. */
async function uploadForForm(session, file) {
  const opened = await attempt("open-dm", { as: session.me, with: session.directory.bot.user_id });
  const answer = opened && await upload(session, file, { channel: opened.channel.id });
  return answer?.message.files[0];
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
