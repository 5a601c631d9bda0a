// The workspace's clock, and travelling in its time.
import { attempt } from "./context.js";
import { openDialog } from "./dialog.js";
import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { dayKey, fromLocalInput, fullTime, localInput, shortTime } from "./time.js";

const HOUR = 3_600_000;

/** A chip with the time as the acting person reads it; a button when time can be travelled. */
export class Clock {
  #session;

  constructor(session) {
    this.#session = session;
    this.words = el("span", { class: "clock-words" });
    this.node = el("button", { type: "button", class: "chip-button clock", title: "The workspace's time", on: { click: () => this.#open() } }, icon("clock"), this.words);
    setInterval(() => this.tick(), 1000);
  }

  tick() {
    const { clock } = this.#session.state;
    if (!clock.now) return;
    const now = this.#session.now();
    const away = Math.abs(this.#session.clockOffset) > 90_000;
    const words = shortTime(now, this.#session.zone);
    this.node.disabled = !clock.can_travel;
    this.node.classList.toggle("travelled", away);
    this.node.setAttribute("aria-label", `Workspace time ${words}, ${this.#session.zone}${clock.can_travel ? ". Travel in time" : ""}`);
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  #open() {
    const { zone } = this.#session;
    const now = this.#session.now();
    const id = freshId("when");
    const input = el("input", { id, type: "datetime-local", class: "control", value: localInput(new Date(now.getTime() + HOUR), zone), min: localInput(now, zone), required: true });
    const jumps = [["Next Monday 09:00", nextMonday(now, zone)], ["Tomorrow, same hour", new Date(now.getTime() + 24 * HOUR)], ["One hour on", new Date(now.getTime() + HOUR)]];
    const dialog = openDialog({
      title: "Travel in time", className: "dialog-small",
      body: [
        el("p", { class: "dialog-lead" }, "The workspace and the bot move together: what is due on the way happens at once."),
        el("div", { class: "jumps" }, jumps.map(([label, to], at) => el("button", { type: "button", class: "jump", autofocus: at === 0, on: { click: () => this.#travel(to, dialog) } },
          el("strong", { text: label }), el("span", { text: fullTime(to, zone) })))),
        el("div", { class: "field" }, el("label", { class: "field-label", for: id }, `Or a date and time, ${zone}`), input),
      ],
      foot: [el("button", { type: "submit", class: "button button-primary", text: "Travel" })],
      form: () => input.value && this.#travel(fromLocalInput(input.value.slice(0, 16), zone), dialog),
    });
  }

  async #travel(to, dialog) {
    const answer = await attempt("clock", { to: to.toISOString() });
    if (!answer) return;
    dialog.close();
    this.#session.setClock(answer.now ?? answer.clock?.now ?? to.toISOString());
    this.tick();
  }
}

/** The next Monday at 09:00 in `zone`, never today. */
export function nextMonday(now, zone) {
  let moment = now;
  do moment = new Date(moment.getTime() + 24 * HOUR);
  while (new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short" }).format(moment) !== "Mon");
  return fromLocalInput(`${dayKey(moment, zone)}T09:00`, zone);
}
