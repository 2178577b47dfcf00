import { all, equal, one, put, settled, test } from "./harness.js";

const begin = () => import("/static/intranet/admin.js");
const fire = (target, name, detail) => {
  const event = new CustomEvent(name, { detail, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
};
const save = (fields = {}) => {
  const formData = new FormData();
  for (const [name, value] of Object.entries(fields)) formData.set(name, value);
  return fire(document, "w-autosave:save", { formData });
};
const editor = () => put('<form data-edit-form method="post" action="/x/"><button>Send</button></form>');
const submit = (form) => form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));

test("the editor is as light as was chosen for the site", async () => {
  document.cookie = "marigot_theme=dark; path=/";
  document.documentElement.className = "w-theme-system other";
  await begin();
  document.cookie = "marigot_theme=; path=/; max-age=0";
  equal(document.documentElement.className, "other w-theme-dark");
});

test("where nothing was chosen, or nothing that there is, it stays", async () => {
  document.cookie = "marigot_theme=darkish; path=/";
  document.documentElement.className = "w-theme-system";
  await begin();
  document.cookie = "marigot_theme=; path=/; max-age=0";
  equal(document.documentElement.className, "w-theme-system");
});

test("a text is read out by the name of its block", async () => {
  await begin();
  put(`<div data-streamfield-child><label>Text *</label><div class="public-DraftEditor-content"></div></div>`);
  put(`<section class="w-panel"><h2>Summary\nmore</h2><div class="public-DraftEditor-content"></div></section>`);
  put(`<div class="public-DraftEditor-content"></div>`);
  put(`<div class="w-panel"><h2>Other</h2><div class="public-DraftEditor-content" aria-label="Mine"></div></div>`);
  await settled();
  equal(all(".public-DraftEditor-content").map((field) => field.getAttribute("aria-label")), ["Text", "Summary", null, "Mine"]);
});

test("what is sent by hand is not saved by itself beside it", async () => {
  const form = editor();
  await begin();
  const waiting = save();
  equal(waiting.defaultPrevented, false);
  submit(form);
  await settled();
  equal([waiting.defaultPrevented, save().defaultPrevented], [true, true]);
  window.dispatchEvent(new Event("pageshow"));
  equal(save().defaultPrevented, false);
});

test("a form that somebody keeps goes on saving itself", async () => {
  const form = editor();
  form.addEventListener("submit", (event) => event.preventDefault());
  await begin();
  submit(form);
  await settled();
  equal(save().defaultPrevented, false);
});

test("another form of the page stops nothing", async () => {
  const form = put('<form method="post"></form>');
  await begin();
  submit(form);
  await settled();
  equal(save().defaultPrevented, false);
});

test("a step of a review is not saved by itself", async () => {
  await begin();
  equal(save({ "action-workflow-action": "true" }).defaultPrevented, true);
});

test("dialogs of a review send the form so that scripts hear of it", async () => {
  const form = editor();
  await begin();
  fire(document, "DOMContentLoaded");
  const heard = [];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    heard.push("submit");
  });
  form.submit();
  equal(heard, ["submit"]);
});

test("signed out is no error of saving, a later error is", async () => {
  await begin();
  const error = () => {
    const detail = { text: "Server error" };
    fire(document, "w-autosave:error", detail);
    return detail.text;
  };
  equal(error(), "Server error");
  fire(document, "m:sign-in-required");
  equal(error(), "");
  save();
  equal(error(), "Server error");
});

test("where the sign-in is put off the button can be pressed again", async () => {
  window.requestAnimationFrame = (run) => run();
  const button = put('<button data-w-progress-loading-value="true">Publish</button>');
  await begin();
  fire(button, "m:put-off");
  equal([button.dataset.wProgressLoadingValue, document.activeElement === button], ["false", true]);
});

test("put off, the step of a review goes out of the form, and nothing else", async () => {
  const form = put(`<form><input name="title"><input name="action-workflow-action">
    <input name="workflow-action-name"><input name="workflow-action-extra-data"></form>`);
  await begin();
  fire(form, "m:put-off");
  equal(all("input", form).map(({ name }) => name), ["title"]);
});

test("a dialog of a review begins where something is asked, and ends beside the main button", async () => {
  const heard = {};
  window.jQuery = Object.assign(() => ({ on: (name, run) => (heard[name] = run) }), { fn: {} });
  const modal = put('<div class="modal"><button>Close</button><textarea></textarea></div>');
  const toggle = one("button", put('<footer><button data-w-dropdown-target="toggle"></button></footer>'));
  await begin();
  heard["shown.bs.modal"]({ target: modal });
  equal(document.activeElement, one("textarea", modal));
  // A chooser has given the focus back to what opened it.
  heard["hidden.bs.modal"]();
  equal(document.activeElement, one("textarea", modal));
  document.activeElement.blur();
  heard["hidden.bs.modal"]();
  equal(document.activeElement, toggle);
});

test("Escape for a dialog over one of a review is not for both", async () => {
  await begin();
  put('<dialog id="over"></dialog><div id="below"></div>');
  const heard = [];
  one("#below").addEventListener("keyup", ({ key }) => heard.push(key));
  const key = (name) =>
    one("#below").dispatchEvent(new KeyboardEvent(name, { key: "Escape", bubbles: true }));
  one("#over").showModal();
  key("keydown");
  one("#over").close();
  key("keyup");
  equal(heard, []);
  key("keydown");
  key("keyup");
  equal(heard, ["Escape"]);
});

/* Tables */

const WORDS = {
  row_below: { name: "Row below" },
  col_right: { name: "Column right" },
  remove_row: { name: "Remove row" },
  remove_col: { name: "Remove column" },
};

async function table(data) {
  const hooks = {};
  window.Handsontable = { hooks: { add: (name, run) => (hooks[name] = run) } };
  const root = put('<div id="a-handsontable-container"><table><tr><td contenteditable></td></tr></table></div>');
  const cell = one("td", root);
  const set = [];
  await begin();
  fire(document, "DOMContentLoaded");
  const script = {
    rootElement: root,
    getSettings: () => ({ contextMenu: { items: WORDS } }),
    addHook: (_, run) => (data.select = run),
    countRows: () => data.rows,
    countCols: () => 3,
    alter: (...change) => set.push(change),
    getCoords: () => data.at,
    getDataAtCell: () => data.value,
    setDataAtCell: (row, column, text) => set.push([row, column, text]),
  };
  hooks.afterInit.call(script);
  hooks.afterRender.call(script);
  const leave = (text) => {
    cell.innerText = text;
    cell.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  };
  const press = (name) => all(".table-tools button").find((each) => each.textContent === name).click();
  return { cell, leave, press, set };
}

test("what was typed into a cell by keyboard is kept", async () => {
  const { leave, set } = await table({ at: { row: 1, col: 2 }, value: null });
  leave("");
  leave("12");
  equal(set, [[1, 2, "12"]]);
});

test("a cell that did not change, or is a heading, is left alone", async () => {
  const data = { at: { row: 1, col: 2 }, value: 12 };
  const { leave, set } = await table(data);
  leave("12");
  data.at = { row: -1, col: 0 };
  leave("13");
  equal(set, []);
});

test("rows and columns come and go where one was last, else at the end", async () => {
  const data = { at: { row: 0, col: 1 }, rows: 3 };
  const { cell, press, set } = await table(data);
  press("Row below");
  cell.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  press("Row below");
  press("Column right");
  data.select(2, 0);
  press("Remove row");
  press("Remove column");
  equal(set, [["insert_row", 3], ["insert_row", 1], ["insert_col", 2], ["remove_row", 2], ["remove_col", 0]]);
});

test("the last row stays", async () => {
  const { press, set } = await table({ rows: 1 });
  press("Remove row");
  equal(set, []);
});

test("the menu of a table, a table to its script, gets no buttons", async () => {
  let begun;
  window.Handsontable = { hooks: { add: (name, run) => name === "afterInit" && (begun = run) } };
  await begin();
  fire(document, "DOMContentLoaded");
  begun.call({ rootElement: put("<div></div>") });
  equal(all(".table-tools"), []);
});

test("a date that is none stays as it was typed", async () => {
  const fn = { datetimepicker: { defaults: { validateOnBlur: true } } };
  window.jQuery = Object.assign(() => ({ on() {} }), { fn });
  await begin();
  equal(window.jQuery.fn.datetimepicker.defaults.validateOnBlur, false);
});
