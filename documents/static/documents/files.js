/* <m-files>: choosing several rows, a menu for each, dragging onto a folder, keys.
   Without this script the boxes and the two buttons below the list do the same. */

import { counted } from "../design/counted.js";
import { openSheet, postSheet } from "./sheet.js";

const TYPE = "application/x-marigot-nodes";

class Files extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.form = this.querySelector("#chosen");
    this.menu = this.querySelector("#row-menu");
    this.addEventListener("change", (event) => this.changed(event));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.keyed(event));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.form.addEventListener("reset", () => setTimeout(() => this.count()));
    for (const name of ["dragstart", "dragover", "dragleave", "drop"]) {
      this.addEventListener(name, (event) => this[name](event));
    }
    this.menu.addEventListener("keydown", (event) => this.walk(event));
    this.menu.addEventListener("click", (event) => this.menuClicked(event));
    this.listed();
  }

  /* The list is there, or there anew. */
  listed() {
    for (const hidden of this.querySelectorAll("#listing [hidden]")) hidden.hidden = false;
    if (!this.boxes.length) this.querySelector("[data-all]")?.setAttribute("hidden", "");
    for (const row of this.querySelectorAll("tr[data-change]")) row.draggable = true;
    this.count();
  }

  async refresh() {
    const response = await fetch(this.dataset.here);
    if (response.status === 401) return;
    if (!response.ok || response.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("listing");
    if (!fresh) return location.reload();
    this.querySelector("#listing").replaceWith(document.adoptNode(fresh));
    this.listed();
  }

  get boxes() {
    return [...this.querySelectorAll("input.pick[name=node]")];
  }

  get chosen() {
    return this.boxes.filter((box) => box.checked);
  }

  changed(event) {
    if (event.target.matches("[data-all]")) {
      for (const box of this.boxes) box.checked = event.target.checked;
    }
    this.count();
  }

  count() {
    const number = this.chosen.length;
    for (const box of this.boxes) {
      box.closest("tr").setAttribute("aria-selected", String(box.checked));
    }
    const all = this.querySelector("[data-all]");
    if (all) {
      all.checked = number > 0 && number === this.boxes.length;
      all.indeterminate = number > 0 && number < this.boxes.length;
    }
    const output = this.form.querySelector("[data-count]");
    output.value = counted(number, output.dataset.one, output.dataset.other);
    this.form.dataset.some = String(number > 0);
  }

  clicked(event) {
    const opener = event.target.closest("[data-menu]");
    if (opener) return this.openMenu(opener);
    const box = event.target.closest("input.pick[name=node]");
    if (!box) return;
    const boxes = this.boxes;
    if (event.shiftKey && this.last) {
      const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const between of boxes.slice(Math.max(from, 0), to + 1)) between.checked = box.checked;
      this.count();
    }
    this.last = box;
  }

  /* The menu of a row */

  openMenu(opener) {
    const row = opener.closest("tr");
    this.opener = opener;
    this.menu.dataset.id = row.dataset.id;
    const here = encodeURIComponent(location.pathname + location.search);
    for (const item of this.menu.querySelectorAll("[data-for]")) {
      const { for: whom, href } = item.dataset;
      item.hidden =
        (whom === "document" && "folder" in row.dataset) ||
        (whom === "change" && !("change" in row.dataset)) ||
        (whom === "manage" && !("manage" in row.dataset));
      if (item.dataset.do === "copy") item.dataset.copy = `/d/${row.dataset.id}/`;
      if (href) item.href = href.replace("ID", row.dataset.id).replace("HERE", here);
    }
    this.menu.showPopover({ source: opener });
    if (!CSS.supports("position-area", "block-end")) {
      const box = opener.getBoundingClientRect();
      const { offsetWidth: width, offsetHeight: height } = this.menu;
      const under = box.bottom + height < innerHeight;
      this.menu.style.left = `${Math.max(8, box.right - width)}px`;
      this.menu.style.top = `${Math.max(8, under ? box.bottom : box.top - height)}px`;
    }
    this.items[0]?.focus();
  }

  get items() {
    return [...this.menu.querySelectorAll("[role=menuitem]")].filter((item) => !item.hidden);
  }

  walk(event) {
    const items = this.items;
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  }

  menuClicked(event) {
    const item = event.target.closest("[role=menuitem]");
    if (!item) return;
    this.menu.hidePopover();
    if (item.dataset.do === "trash") this.trash([this.menu.dataset.id]);
  }

  /* What is done with what is chosen */

  data(ids) {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    data.append("next", location.pathname + location.search);
    for (const id of ids) data.append("node", id);
    return data;
  }

  trash(ids) {
    return postSheet(this.form.action, this.data(ids));
  }

  submitted(event) {
    event.preventDefault();
    const ids = this.chosen.map((box) => box.value);
    if (!ids.length) return;
    if (event.submitter?.dataset.do === "move") postSheet(this.dataset.move, this.data(ids));
    else this.trash(ids);
  }

  keyed(event) {
    const row = event.target.closest("tr[data-change]");
    if (event.target.matches("input:not(.pick), textarea")) return;
    if (event.key === "F2" && row) {
      event.preventDefault();
      openSheet(`/d/${row.dataset.id}/rename/?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else if (event.key === "Delete") {
      const ids = this.chosen.map((box) => box.value);
      if (!ids.length && row) ids.push(row.dataset.id);
      if (!ids.length) return;
      event.preventDefault();
      this.trash(ids);
    } else if (event.key === "Escape" && this.chosen.length) {
      this.form.reset();
    }
  }

  /* Dragging rows onto a folder */

  dragstart(event) {
    const row = event.target.closest?.("tr[data-change]");
    if (!row) return;
    const ids = this.chosen.map((box) => box.value);
    event.dataTransfer.setData(TYPE, (ids.includes(row.dataset.id) ? ids : [row.dataset.id]).join());
    event.dataTransfer.effectAllowed = "move";
  }

  target(event) {
    return event.dataTransfer.types.includes(TYPE)
      ? event.target.closest?.("tr[data-folder][data-change]")
      : null;
  }

  dragover(event) {
    const row = this.target(event);
    if (!row) return;
    event.preventDefault();
    row.dataset.drop = "";
  }

  dragleave(event) {
    const row = event.target.closest?.("tr[data-drop]");
    if (row && !row.contains(event.relatedTarget)) delete row.dataset.drop;
  }

  drop(event) {
    const row = this.target(event);
    if (!row) return;
    event.preventDefault();
    delete row.dataset.drop;
    const ids = event.dataTransfer.getData(TYPE).split(",").filter((id) => id !== row.dataset.id);
    if (!ids.length) return;
    const data = this.data(ids);
    data.append("to", row.dataset.id);
    postSheet(this.dataset.move, data);
  }
}

customElements.define("m-files", Files);
