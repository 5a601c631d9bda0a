// Every interactive element and the function that draws it.
import { el } from "../dom.js";
import { picture } from "../blocks/simple.js";
import { drawButton, drawFeedback, drawIconButton, drawOverflow } from "./buttons.js";
import { drawCheckboxes, drawRadios } from "./choices.js";
import { drawDate, drawDateTime, drawTime } from "./dates.js";
import { drawFileInput } from "./files.js";
import { drawEmail, drawNumber, drawPlainText, drawRichInput, drawUrl } from "./inputs.js";
import { drawSelect } from "./selects.js";

const ELEMENTS = {
  button: drawButton,
  workflow_button: drawButton,
  checkboxes: drawCheckboxes,
  datepicker: drawDate,
  datetimepicker: drawDateTime,
  email_text_input: drawEmail,
  feedback_buttons: drawFeedback,
  file_input: drawFileInput,
  icon_button: drawIconButton,
  image: (element) => picture(element, "accessory-image"),
  number_input: drawNumber,
  overflow: drawOverflow,
  plain_text_input: drawPlainText,
  radio_buttons: drawRadios,
  rich_text_input: drawRichInput,
  timepicker: drawTime,
  url_text_input: drawUrl,
};
const SELECTS = /^(?:multi_)?(?:static|external|users|channels|conversations)_select$/u;

/** `place` says where it stands: block_id, whether a change is sent at once, and in a form its label and ids. */
export function drawElement(element, context, place) {
  const type = element?.type ?? "nothing";
  if (SELECTS.test(type)) return drawSelect(element, context, place);
  const draw = ELEMENTS[type];
  return draw ? draw(element, context, place) : el("span", { class: "unknown" }, `Unknown element “${type}”`);
}
