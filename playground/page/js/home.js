// The app's Home tab, as it was last published for the acting person.
import { drawBlocks } from "./blocks/index.js";
import { contextFor } from "./context.js";
import { el } from "./dom.js";
import { Fields } from "./fields.js";
import { mark } from "./icons.js";

/** Draws Home into `host`. */
export function drawHome(host, session) {
  const view = session.home;
  const scroll = host.querySelector(".home")?.scrollTop ?? 0;
  const node = el("div", { class: "home", role: "region", "aria-label": `${session.directory.bot.name} Home`, tabindex: 0 });
  if (!view) {
    node.append(el("div", { class: "empty" }, mark(), el("p", { text: "The app has published nothing here yet." })));
  } else {
    const fields = new Fields();
    fields.watch(node);
    const context = contextFor(session, "home", { type: "view", view_id: view.id }, { fields, kept: view.state?.values });
    node.append(el("div", { class: "home-page" }, drawBlocks(view.blocks, context)));
  }
  host.replaceChildren(node);
  node.scrollTop = scroll;
}
