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
   was the dialog of a review, which is opened again: what it put into the form goes out of it. */
document.addEventListener("m:put-off", ({ target: button }) => {
  if (button.matches("form")) {
    for (const field of button.querySelectorAll(`[name=${STEP}], [name^=workflow-action-]`)) {
      field.remove();
    }
    return;
  }
  button.dataset.wProgressLoadingValue = "false";
  requestAnimationFrame(() => button.focus());
});

/* A table's cells are reached by Tab and can be written in (Wagtail makes them editable), but the
   table does not hear of that: what was typed by keyboard alone was seen and never saved. */
const tables = new WeakMap();
document.addEventListener("DOMContentLoaded", () => {
  window.Handsontable?.hooks.add("afterRender", function () {
    tables.set(this.rootElement, this);
  });
});
function keepCell(cell) {
  const table = tables.get(cell.closest("[id$=-handsontable-container]"));
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
