// Blocks that only show: section, header, context, divider, image, file, video, alert.
import { el } from "../dom.js";
import { drawElement } from "../elements/index.js";
import { icon } from "../icons.js";
import { safeUrl } from "../mentions.js";
import { drawText, plainText } from "./text.js";

export function drawSection(block, context) {
  const words = el("div", { class: "section-words" },
    block.text ? drawText(block.text, context) : null,
    block.fields ? el("div", { class: "section-fields" }, block.fields.map((field) => drawText(field, context))) : null);
  const accessory = block.accessory ? el("div", { class: "section-accessory" }, drawElement(block.accessory, context, place(block))) : null;
  return el("div", { class: "section" }, words, accessory);
}

function place(block) {
  return { block_id: block.block_id, dispatch: true };
}

export function drawHeader(block) {
  return el("h3", { class: "header", dir: "auto", text: plainText(block.text) });
}

export function drawDivider() {
  return el("hr", { class: "divider" });
}

export function drawContext(block, context) {
  const parts = (block.elements ?? []).map((part) => (
    part.type === "image" ? picture(part, "context-image") : drawText(part, context, "span")));
  return el("div", { class: "context" }, parts);
}

export function drawImage(block) {
  const title = block.title ? el("figcaption", { class: "image-title", dir: "auto", text: plainText(block.title) }) : null;
  return el("figure", { class: "image" }, title, picture(block, "image-picture"));
}

/** An image of this workspace; one from elsewhere is named and linked, because the page loads nothing from outside. */
export function picture(image, className) {
  const address = image.image_url ?? image.slack_file?.url ?? image.url;
  const alt = image.alt_text ?? "";
  const url = address ? new URL(address, location.href) : null;
  if (url && (url.origin === location.origin || url.protocol === "data:")) {
    return el("img", { class: className, src: url.href, alt, loading: "lazy" });
  }
  const label = el("span", { class: "picture-words", dir: "auto" }, alt || "Image");
  const safe = url && safeUrl(url.href);
  const origin = safe ? el("a", { class: "link", href: safe, target: "_blank", rel: "noopener noreferrer" }, url.host) : null;
  return el("span", { class: `${className} picture-outside`, title: "The playground loads nothing from outside" }, icon("image"), label, origin);
}

export function drawFile(block) {
  return el("div", { class: "filecard" }, icon("file"), el("span", {}, `File ${block.external_id ?? ""}`));
}

export function drawVideo(block, context) {
  const url = safeUrl(block.title_url ?? block.video_url);
  const words = [icon("play"), el("span", { class: "video-title", dir: "auto", text: plainText(block.title) })];
  const title = url ? el("a", { class: "video-link", href: url, target: "_blank", rel: "noopener noreferrer" }, words) : el("span", { class: "video-link" }, words);
  return el("div", { class: "video" }, title,
    block.description ? drawText(block.description, context, "div", "video-words") : null,
    el("div", { class: "video-from" }, [block.author_name, block.provider_name].filter(Boolean).join(" · ")));
}

const LEVELS = { default: "info", info: "info", success: "check", warning: "alert", error: "alert" };

export function drawAlert(block, context) {
  const level = block.level in LEVELS ? block.level : "default";
  return el("div", { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" }, icon(LEVELS[level]), drawText(block.text, context));
}
