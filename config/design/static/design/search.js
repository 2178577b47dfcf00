/* <m-search>: what is found while typing. The server answers with a list of options
   (c-suggestions); Enter without a choice goes to the page of results. */

import { counted } from "./counted.js";

const PAUSE = 120;

class Search extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=search]");
    this.panel = this.querySelector(".search-panel");
    this.status = this.querySelector("[role=status]");
    this.answers = new Map();
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-controls", this.panel.id);
    this.input.setAttribute("aria-autocomplete", "list");
    const key = this.querySelector(".search-key");
    if (/Mac|iP(hone|ad)/.test(navigator.platform)) key.textContent = "⌘ K";

    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.open());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.querySelector(".search-back").addEventListener("click", () => this.close());
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget) && event.relatedTarget) this.close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.contains(event.target)) this.close();
    });
    document.addEventListener("keydown", (event) => this.onShortcut(event));
  }

  onShortcut(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const chord = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    if (!chord && !(event.key === "/" && !typing && !event.ctrlKey && !event.metaKey)) return;
    if (document.querySelector("dialog:modal")) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }

  open() {
    this.toggleAttribute("data-open", true);
    if (this.input.value.trim()) this.later();
  }

  close() {
    this.removeAttribute("data-open");
    this.hide();
    if (this.contains(document.activeElement)) document.activeElement.blur();
  }

  hide() {
    this.asked?.abort();
    clearTimeout(this.timer);
    this.panel.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const words = this.input.value.trim();
    this.asked?.abort();
    if (words.length < 2) return this.hide();
    if (this.answers.has(words)) return this.show(words, this.answers.get(words));
    this.asked = new AbortController();
    const address = new URL(this.dataset.suggest, location);
    address.searchParams.set("q", words);
    try {
      const answer = await fetch(address, {
        signal: this.asked.signal,
        headers: { "HX-Request": "true", "Marigot-Sign-In": "later" },
        redirect: "error",
      });
      if (!answer.ok) return this.hide();
      this.show(words, await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.hide();
    }
  }

  show(words, html) {
    if (this.answers.size > 50) this.answers.clear();
    this.answers.set(words, html);
    if (!this.contains(document.activeElement) || words !== this.input.value.trim()) return;
    this.panel.innerHTML = html;
    this.options = [...this.panel.querySelectorAll("[role=option]")];
    this.options.forEach((option, index) => (option.id = `search-option-${index}`));
    this.panel.hidden = !this.panel.textContent.trim();
    this.input.setAttribute("aria-expanded", String(!this.panel.hidden));
    this.input.removeAttribute("aria-activedescendant");
    const list = this.panel.querySelector("[role=listbox]");
    if (list) {
      list.id = "search-list";
      this.input.setAttribute("aria-controls", list.id);
    }
    const { countOne, countOther, countNone } = this.status.dataset;
    const number = this.options.length;
    this.status.textContent = number ? counted(number, countOne, countOther) : countNone;
  }

  onKey(event) {
    if (event.isComposing) return;
    const options = this.panel.hidden ? [] : (this.options ?? []);
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") {
      event.preventDefault();
      if (!this.panel.hidden) this.hide();
      else this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return event.key === "ArrowDown" ? this.ask() : undefined;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = options.length + 1;
      this.select(options, ((at + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(options[at].href);
      else options[at].click();
    } else if (event.key === "Enter" && !this.input.value.trim()) {
      event.preventDefault();
    }
  }

  select(options, at) {
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    if (at < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  }
}

customElements.define("m-search", Search);
