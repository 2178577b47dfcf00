/* <m-picker>: who is meant by what is typed into the text field within. The server finds them,
   since accents, capitals and apostrophes do not count there, and what it offers is shown as it
   is. data-offers: the address that is asked with `?q=` and answers c-offer's; data-quiet: who was
   chosen is read out and not shown. Without this script the field is one like any other. */

import { Combobox } from "./combobox.js";

const LEAST = 2; // characters that the server finds somebody by
const KEPT = 50; // answers that are remembered

class Picker extends Combobox {
  prepare() {
    this.answers = new Map();
    return this.querySelector("input");
  }

  changed() {
    this.chosen = undefined;
  }

  asks(words) {
    return words.length >= LEAST && words !== this.chosen;
  }

  async offered(words) {
    if (!this.answers.has(words)) {
      const html = await this.fetched(words);
      if (this.answers.size >= KEPT) this.answers.clear();
      this.answers.set(words, html);
    }
    const answer = document.createElement("template");
    answer.innerHTML = this.answers.get(words);
    return [...answer.content.children];
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

  taken(option) {
    this.input.value = this.chosen = option.dataset.value;
  }
}

customElements.define("m-picker", Picker);
