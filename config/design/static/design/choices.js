/* <m-choices>: one of many, found by a part of its name, in any case and without accents. The
   <select> within goes on holding what is sent; a text field stands in its place. A list of which
   all is seen at a glance stays as it is, and so does every one without this script. */

import { Combobox } from "./combobox.js";
import { folded } from "./folded.js";

const FEW = 10; // choices that need no looking for
const SHOWN = 100; // choices that are listed at once

class Choices extends Combobox {
  prepare() {
    this.holder = this.querySelector("select");
    this.choices = [...this.holder.options]
      .filter((option) => option.value && !option.disabled)
      .map((option) => ({ option, label: option.label, key: folded(option.label) }));
    if (this.choices.length <= FEW) return null;
    const input = document.createElement("input");
    // The label, the help and what is wrong belong to the field that is seen.
    for (const { name, value } of this.holder.attributes) {
      if (name !== "name") input.setAttribute(name, value);
    }
    const none = [...this.holder.options].find((option) => !option.value)?.label ?? "";
    Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false });
    if (/\p{L}/u.test(none)) input.placeholder = none;
    this.holder.hidden = true;
    this.holder.required = false;
    this.holder.id = `${input.id}-holder`;
    this.holder.before(input);
    this.toggleAttribute("data-on", true);
    if (this.holder.value) input.value = this.holder.selectedOptions[0].label;
    return input;
  }

  changed() {
    const key = folded(this.words);
    const meant = this.choices.filter((choice) => choice.key === key);
    this.hold(meant.length === 1 ? meant[0].option : null);
    // Typed to the end: what is offered beside would only lie over what comes next on the page.
    this.ended = meant.length === 1 && this.having(this.words).length === 1;
  }

  having(words) {
    const parts = folded(words).split(" ");
    return this.choices.filter(({ key }) => parts.every((part) => key.includes(part)));
  }

  /* Holds `option`, or nothing: then what is typed cannot be sent, since nobody would see why. */
  hold(option) {
    if (option) option.selected = true;
    else this.holder.value = "";
    this.input.setCustomValidity(option || !this.words ? "" : this.dataset.wrong);
    this.holder.dispatchEvent(new Event("change", { bubbles: true }));
  }

  asks(_words, end) {
    const ended = this.ended && !end;
    this.ended = false; // whoever asks once more wants another one
    return !ended;
  }

  async offered(words) {
    const found = this.holder.value ? this.choices : this.having(words);
    this.found = found.length;
    return found.slice(0, SHOWN).map((choice) => this.offer(choice));
  }

  offer({ option, label }) {
    const offer = this.querySelector("template").content.firstElementChild.cloneNode(true);
    offer.dataset.value = option.value;
    offer.querySelector(".picker-name").textContent = label;
    return offer;
  }

  show(offers, instead) {
    super.show(offers, instead);
    if (this.panel.hidden || this.found <= offers.length) return;
    this.note.textContent = this.dataset.first.replace("#", offers.length);
    this.note.hidden = false;
    this.say(this.note.textContent);
  }

  taken(offer) {
    const chosen = this.choices.find(({ option }) => option.value === offer.dataset.value);
    this.input.value = chosen.label;
    this.hold(chosen.option);
  }
}

customElements.define("m-choices", Choices);
