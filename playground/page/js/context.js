// What the drawing of blocks needs to know and may do, for one message, modal or Home tab.
import { post, Refusal } from "./api.js";
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
    uploadFile: (file) => upload(session, file, { container }),
    act: (block_id, action_id, action) => attempt("action", { ...about(), block_id, action_id, action, values: more.fields?.values() }),
    suggest: (block_id, action_id, value) => suggest({ ...about(), block_id, action_id, value }),
    ...more,
  };
}

async function suggest(body) {
  const answer = await attempt("suggest", body);
  return answer ?? { options: [] };
}

/** POSTs, and tells a refusal as a notice; undefined then. */
export async function attempt(path, body) {
  try {
    const answer = await post(path, body);
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

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
