// file_input: files are handed to the workspace first, the form carries their ids.
import { el } from "../dom.js";
import { icon } from "../icons.js";
import { labelled, register } from "./shared.js";

export function drawFileInput(element, context, place) {
  const files = [];
  const list = el("ul", { class: "file-list" });
  const most = element.max_files ?? 10;
  const accept = (element.filetypes ?? []).map((type) => `.${type}`).join(",");
  const { id, ...words } = labelled(element, place);
  const input = el("input", { ...words, id, type: "file", multiple: most > 1, accept: accept || null, class: "control control-file" });
  register(element, context, place, () => ({ type: element.type, files }));
  input.addEventListener("change", async () => {
    const picked = [...input.files].slice(0, most - files.length);
    for (const file of picked) {
      const stored = await context.uploadFile(file);
      if (stored) files.push(stored);
    }
    list.replaceChildren(...files.map((file) => el("li", {}, icon("file"), el("span", { text: file.name ?? file.title }))));
    input.value = "";
  });
  return el("div", { class: "file-input" }, input, list);
}
