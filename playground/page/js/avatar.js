// Faces: initials on the person's colour, and the bot's own mark.
import { el } from "./dom.js";
import { initials } from "./directory.js";
import { mark } from "./icons.js";

/** The picture of a person or of the bot. */
export function avatar(id, directory, size = "") {
  const className = `avatar ${size ? `avatar-${size}` : ""}`.trim();
  if (directory.isBot(id)) return el("span", { class: `${className} avatar-bot`, "aria-hidden": "true" }, mark());
  const face = el("span", { class: className, "aria-hidden": "true", text: initials(directory.nameOf(id)) });
  face.style.setProperty("background-color", directory.colorOf(id));
  return face;
}
