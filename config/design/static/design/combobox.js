/* An editable combobox with a listbox (ARIA Authoring Practices, "list autocomplete with manual
   selection"), for the elements that say where its offers come from. Within the element stand
   `.picker-panel` with [role=listbox] and `.picker-note`, and a [role=status], as c-picker and
   c-choices write them; their words are in data-none, data-failed and in the status. */

import { counted } from "./counted.js";

const PAUSE = 150; // ms without a key before anything is looked for
const MODIFIERS = new Set(["Alt", "Control", "Meta", "Shift"]);

export class Combobox extends HTMLElement {
  /* What an element says for itself:
     prepare()        the text field, or null where it is to stay as it is
     asks(words, end) whether anything is to be offered for `words`; with `end` by the arrow keys
     offered(words)   the options, elements with role=option (a promise of them)
     taken(option)    writes what was chosen into the field
     changed()        something else was typed */

  connectedCallback() {
    if (this.input) return;
    this.input = this.prepare();
    if (!this.input) return;
    this.panel = this.querySelector(".picker-panel");
    this.list = this.querySelector("[role=listbox]");
    this.note = this.querySelector(".picker-note");
    this.said = this.querySelector("[role=status]");
    this.list.id = `${this.input.id}-offers`;
    const described = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    for (const [name, value] of Object.entries(described)) this.input.setAttribute(name, value);
    this.input.setAttribute("aria-controls", this.list.id);

    this.input.addEventListener("input", () => {
      this.say("");
      this.changed();
      this.later();
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("click", () => this.panel.hidden && this.later());
    this.input.addEventListener("blur", () => this.close());
    // The field keeps the focus, and a phone its keyboard, while an offer is pressed.
    this.panel.addEventListener("mousedown", (event) => event.preventDefault());
    this.panel.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  get options() {
    return this.list.hidden || this.panel.hidden ? [] : [...this.list.children];
  }

  get words() {
    return this.input.value.trim();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  /* Offers what there is, and points at the "first" or the "last" of it, where that is said. */
  async ask(end) {
    this.stop();
    const words = this.words;
    if (!this.asks(words, end)) return this.close();
    try {
      const offers = await this.offered(words);
      if (words !== this.words) return;
      this.show(offers, this.dataset.none);
      if (end) this.select(this.options, end === "first" ? 0 : this.options.length - 1);
    } catch (error) {
      if (error.name !== "AbortError") this.show([], this.dataset.failed);
    }
  }

  /* Drops what is asked and what was about to be. */
  stop() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  /* Shows the options `offers`, or where there are none what `instead` says. */
  show(offers, instead) {
    if (document.activeElement !== this.input) return;
    const number = offers.length;
    offers.forEach((option, at) => (option.id = `${this.list.id}-${at}`));
    this.list.replaceChildren(...offers);
    this.list.hidden = !number;
    this.note.hidden = Boolean(number);
    this.note.textContent = number ? "" : instead;
    this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-expanded", String(Boolean(number)));
    this.panel.hidden = false;
    this.list.scrollTop = 0;
    this.panel.scrollIntoView({ block: "nearest" });
    const { countOne, countOther } = this.said.dataset;
    this.say(number ? counted(number, countOne, countOther) : instead);
  }

  close() {
    this.stop();
    this.panel.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    this.taken(option);
    this.close();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    const name = option.querySelector(".picker-name").textContent;
    this.say(this.said.dataset.chosen.replace("#", () => name), !("quiet" in this.dataset));
  }

  /* Says `text` to whoever listens, and with `seen` to whoever looks. */
  say(text, seen = false) {
    this.said.textContent = text;
    this.said.classList.toggle("hide-visually", !seen);
  }

  onKey(event) {
    if (event.isComposing) return;
    const options = this.options;
    const active = this.input.getAttribute("aria-activedescendant");
    const at = options.findIndex((option) => option.id === active);
    const down = event.key === "ArrowDown";
    if (event.key === "ArrowUp" && event.altKey) {
      this.close();
    } else if (down && event.altKey) {
      this.ask();
    } else if (down || event.key === "ArrowUp") {
      if (!options.length) this.ask(down ? "first" : "last");
      else this.select(options, down ? at + 1 : (at < 0 ? options.length : at) - 1);
    } else if (event.key === "Escape" && !this.panel.hidden) {
      this.close();
    } else if (event.key === "Enter" && at >= 0) {
      this.choose(options[at]);
    } else {
      // Tab takes the offer along; with any other key one is back in the text.
      if (event.key === "Tab" && at >= 0) this.choose(options[at]);
      else if (!MODIFIERS.has(event.key)) this.select(options);
      return;
    }
    event.preventDefault();
  }

  /* Points at the option number `at`; at none, and so at the text, where there is no such one. */
  select(options, at = -1) {
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    const option = options[at];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", option.id);
    // Within the list alone: the page may still be scrolling towards it.
    const end = option.offsetTop + option.offsetHeight - this.list.clientHeight;
    this.list.scrollTop = Math.min(option.offsetTop, Math.max(this.list.scrollTop, end));
  }
}
