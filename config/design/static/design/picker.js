/* <m-picker>: who is meant by what is typed into the text field within. An editable combobox with
   a listbox (ARIA Authoring Practices, "list autocomplete with manual selection"): the server
   finds them, since accents, capitals and apostrophes do not count there, and what it offers is
   shown as it is. data-offers: the address that is asked with `?q=` and answers c-offer's.
   Without this script the field is one like any other. */

import { counted } from "./counted.js";

const PAUSE = 150; // ms without a key before the server is asked
const LEAST = 2; // characters that the server finds somebody by
const KEPT = 50; // answers that are remembered
const MODIFIERS = new Set(["Alt", "Control", "Meta", "Shift"]);

class Picker extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    this.input = this.querySelector("input");
    this.panel = this.querySelector(".picker-panel");
    this.list = this.querySelector("[role=listbox]");
    this.note = this.querySelector(".picker-note");
    this.said = this.querySelector("[role=status]");
    this.answers = new Map();
    this.list.id = `${this.input.id}-offers`;
    const described = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false" };
    for (const [name, value] of Object.entries(described)) this.input.setAttribute(name, value);
    this.input.setAttribute("aria-controls", this.list.id);

    this.input.addEventListener("input", () => this.changed());
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

  changed() {
    this.chosen = undefined;
    this.say("");
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    this.stop();
    const words = this.words;
    if (words.length < LEAST || words === this.chosen) return this.close();
    try {
      if (!this.answers.has(words)) this.keep(words, await this.fetched(words));
    } catch (error) {
      if (error.name !== "AbortError") this.show("", this.dataset.failed);
      return;
    }
    if (words === this.words) this.show(this.answers.get(words), this.dataset.none);
  }

  async fetched(words) {
    this.asked = new AbortController();
    const address = new URL(this.dataset.offers, location);
    address.searchParams.set("q", words);
    const answer = await fetch(address, {
      signal: this.asked.signal,
      headers: { "HX-Request": "true", "Marigot-Sign-In": "later" },
      redirect: "error",
    });
    if (!answer.ok) throw new Error(`${answer.status} ${address}`);
    return answer.text();
  }

  keep(words, html) {
    if (this.answers.size >= KEPT) this.answers.clear();
    this.answers.set(words, html);
  }

  /* Drops what is asked and what was about to be. */
  stop() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  /* Shows the options in `html`, or where there are none what `instead` says. */
  show(html, instead) {
    if (document.activeElement !== this.input) return;
    this.list.innerHTML = html;
    const number = this.list.children.length;
    [...this.list.children].forEach((option, at) => (option.id = `${this.list.id}-${at}`));
    this.list.hidden = !number;
    this.note.hidden = Boolean(number);
    this.note.textContent = number ? "" : instead;
    this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-expanded", String(Boolean(number)));
    this.panel.hidden = false;
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
    const input = this.input;
    input.value = this.chosen = option.dataset.value;
    this.close();
    input.setSelectionRange(input.value.length, input.value.length);
    input.dispatchEvent(new Event("change", { bubbles: true }));
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
    const to = { ArrowDown: at + 1, ArrowUp: (at < 0 ? options.length : at) - 1 }[event.key];
    if (event.key === "ArrowUp" && event.altKey) {
      this.close();
    } else if (event.key === "ArrowDown" && (event.altKey || !options.length)) {
      this.ask();
    } else if (to !== undefined && options.length) {
      this.select(options, to);
    } else if (event.key === "Escape" && !this.panel.hidden) {
      this.close();
    } else if (event.key === "Enter" && at >= 0) {
      this.choose(options[at]);
    } else {
      // Tab takes the offer along; with any other key one is back in the text.
      if (event.key === "Tab" && at >= 0) this.choose(options[at]);
      else if (!MODIFIERS.has(event.key)) this.select(options, -1);
      return;
    }
    event.preventDefault();
  }

  /* Points at the option number `at`; at none, and so at the text, where there is no such one. */
  select(options, at) {
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    const option = options[at];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", option.id);
    // Within the panel alone: the page may still be scrolling towards it.
    const end = option.offsetTop + option.offsetHeight - this.panel.clientHeight;
    this.panel.scrollTop = Math.min(option.offsetTop, Math.max(this.panel.scrollTop, end));
  }
}

customElements.define("m-picker", Picker);
