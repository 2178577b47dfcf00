/* The editor is light or dark as the person chose for the site (see <m-theme>). */
const chosen = document.cookie.match(/(?:^|; )marigot_theme=(light|dark)(?:;|$)/);
if (chosen) {
  const { classList } = document.documentElement;
  classList.remove("w-theme-light", "w-theme-dark", "w-theme-system");
  classList.add(`w-theme-${chosen[1]}`);
}

/* A text field of the editor is read out by the name of its block: Wagtail gives it none. */
function nameTextFields() {
  for (const field of document.querySelectorAll(".public-DraftEditor-content:not([aria-label])")) {
    const block = field.closest("[data-streamfield-child], .w-panel");
    const title = block?.querySelector("label, .c-sf-block__title, h2")?.textContent ?? "";
    const [name] = title.replace("*", "").trim().split("\n");
    if (name) field.setAttribute("aria-label", name);
  }
}
new MutationObserver(nameTextFields).observe(document.documentElement, {
  childList: true,
  subtree: true,
});

/* What is sent by hand holds what was about to be saved by itself, and is newer. */
const STEP = "action-workflow-action";
let saving = null;
let isLeaving = false;
document.addEventListener("w-autosave:save", (event) => {
  saving = event; // read once more before it is sent, half a second later
  if (isLeaving || event.detail.formData.has(STEP)) event.preventDefault();
});
window.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-edit-form]")) return;
  // Others who listen may yet keep the form here, to have its person sign in first.
  setTimeout(() => {
    if (event.defaultPrevented) return;
    isLeaving = true;
    saving?.preventDefault();
  });
});
window.addEventListener("pageshow", () => {
  isLeaving = false;
});

/* The dialogs of a review send the form by its `submit()`, of which no script hears: it would be
   saved once more after that, and by somebody signed out it would be sent for nothing. */
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-edit-form]");
  if (form) form.submit = () => form.requestSubmit();
});

/* The dialogs of a review open with the cursor where something is asked, and give it back to the
   button beside the main one: the entry of its menu that opened them is out of sight by then. */
if (window.jQuery) {
  window.jQuery(document).on("shown.bs.modal", ({ target }) => {
    target.querySelector("textarea")?.focus();
  });
  window.jQuery(document).on("hidden.bs.modal", () => {
    if (document.activeElement !== document.body) return;
    document.querySelector("footer [data-w-dropdown-target=toggle]")?.focus();
  });
}

/* Such a dialog listens to Escape coming up. Pressed to close another one over it (the sign-in), the
   key comes up when that one is gone: it would close both, and what was typed would be lost. */
let isOfAnother = false;
window.addEventListener(
  "keydown",
  ({ key }) => {
    if (key === "Escape") isOfAnother = Boolean(document.querySelector("dialog:modal"));
  },
  { capture: true }
);
window.addEventListener(
  "keyup",
  (event) => {
    if (event.key === "Escape" && isOfAnother) event.stopPropagation();
  },
  { capture: true }
);

/* While nobody is signed in the page says so: that is no "server error" of its saving. */
let isSignedOut = false;
document.addEventListener("m:sign-in-required", () => {
  isSignedOut = true;
});
document.addEventListener("w-autosave:save", () => {
  isSignedOut = false;
});
// Before those who show it hear of it.
window.addEventListener(
  "w-autosave:error",
  ({ detail }) => {
    if (isSignedOut) detail.text = "";
  },
  { capture: true }
);

/* Where the sign-in is put off nothing is under way: the button that was pressed, which would say
   so for half a minute, can be pressed again, and the keyboard is back there. Without a button it
   was the dialog of a review, whose own button and text that goes for: what it put into the form
   goes out of it. */
function giveBack(button, field) {
  if (!button) return;
  button.dataset.wProgressLoadingValue = "false";
  requestAnimationFrame(() => ((field && document.querySelector(field)) || button).focus());
}
document.addEventListener("m:put-off", ({ target: button }) => {
  if (button.matches("form")) {
    for (const field of button.querySelectorAll(`[name=${STEP}], [name^=workflow-action-]`)) {
      field.remove();
    }
    giveBack(document.querySelector(".modal.in [type=submit]"), ".modal.in textarea");
  } else giveBack(button);
});

/* A table's cells are reached by Tab and can be written in (Wagtail makes them editable), but the
   table does not hear of that: what was typed by keyboard alone was seen and never saved. */
const TABLE = "[id$=-handsontable-container]";
const tables = new WeakMap();
document.addEventListener("DOMContentLoaded", () => {
  window.Handsontable?.hooks.add("afterRender", function () {
    tables.set(this.rootElement, this);
  });
  window.Handsontable?.hooks.add("afterInit", function () {
    // Its menu is a table to the script, too.
    if (this.rootElement.matches(TABLE)) offerChanges(this);
  });
});

/* Rows and columns come and go by a menu that only a mouse opens: below each table are buttons for
   the same, which act where one was last. */
const CHANGES = {
  row_below: (table, at) => table.alter("insert_row", at.row + 1),
  col_right: (table, at) => table.alter("insert_col", at.col + 1),
  remove_row: (table, at) => table.countRows() > 1 && table.alter("remove_row", at.row),
  remove_col: (table, at) => table.countCols() > 1 && table.alter("remove_col", at.col),
};
function offerChanges(table) {
  const { items } = table.getSettings().contextMenu;
  const at = { row: Infinity, col: Infinity };
  table.addHook("afterSelection", (row, col) => Object.assign(at, { row, col }));
  table.rootElement.addEventListener("focusin", ({ target }) => {
    const cell = target.closest("td, th");
    if (cell) Object.assign(at, table.getCoords(cell));
  });
  const tools = document.createElement("div");
  tools.className = "table-tools";
  for (const [key, change] of Object.entries(CHANGES)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small button-secondary";
    button.textContent = items[key].name;
    button.addEventListener("click", () => {
      const row = Math.min(at.row, table.countRows() - 1);
      const col = Math.min(at.col, table.countCols() - 1);
      change(table, { row, col });
    });
    tools.append(button);
  }
  table.rootElement.after(tools);
}
function keepCell(cell) {
  const table = tables.get(cell.closest(TABLE));
  const at = table?.getCoords(cell);
  if (!at || at.row < 0 || at.col < 0) return;
  const typed = cell.innerText.replace(/\n+$/, "");
  if (typed !== String(table.getDataAtCell(at.row, at.col) ?? "")) {
    table.setDataAtCell(at.row, at.col, typed);
  }
}
document.addEventListener("focusout", ({ target }) => {
  if (target.matches("td[contenteditable]")) keepCell(target);
});

/* What is typed as a date stays: the calendar made the 3rd of March of a 31st of February, without
   a word. What is no date is told when the page is published. */
if (window.jQuery?.fn.datetimepicker) {
  window.jQuery.fn.datetimepicker.defaults.validateOnBlur = false;
}
