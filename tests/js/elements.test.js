import { all, answer, close, equal, ok, one, press, put, settled, stopTheClock, test, texts } from "./harness.js";

const begin = () => import("/static/design/elements.js");
const toast = (detail) => document.dispatchEvent(new CustomEvent("m:toast", { detail }));
const toasts = () => texts(all("m-toasts [data-text]"));

const MENU = `<m-menu><button popovertarget="menu">Open</button>
  <div id="menu" popover><a href="#a">A</a><button disabled>B</button><button>C</button>
  <a href="#d" hidden>D</a><button>E</button></div></m-menu>`;
const focused = () => document.activeElement.textContent;

/* Menus */

test("a menu begins at its first line, which may be focused", async () => {
  put(MENU);
  await begin();
  press(one("[popovertarget]"), "ArrowDown");
  await settled();
  equal(focused(), "A");
});

test("keys go round what is seen and works, and to its ends", async () => {
  put(MENU);
  await begin();
  one("#menu").showPopover();
  await settled();
  const went = [];
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"]) {
    ok(press(document.activeElement, key), `${key} was left to the browser`);
    went.push(focused());
  }
  equal(went, ["C", "E", "A", "E", "A", "E"]);
  ok(!press(document.activeElement, "x"), "a letter was taken");
});

test("a menu closes when something in it was chosen", async () => {
  put(MENU);
  await begin();
  one("#menu").showPopover();
  await settled();
  all("#menu button")[1].click();
  ok(!one("#menu").matches(":popover-open"), "it is still open");
});

/* Appearance */

const THEME = `<m-theme hidden><button value="light">L</button><button value="dark">D</button>
  <button value="">S</button></m-theme>`;
const pressed = () => all("m-theme button").map((button) => button.getAttribute("aria-pressed"));

test("the appearance is shown, kept and forgotten", async () => {
  put(THEME);
  await begin();
  equal(pressed(), ["false", "false", "true"]);
  ok(!one("m-theme").hidden, "it is hidden");
  one("m-theme [value=dark]").click();
  equal(document.documentElement.dataset.theme, "dark");
  ok(document.cookie.includes("marigot_theme=dark"), document.cookie);
  equal(pressed(), ["false", "true", "false"]);
  one("m-theme [value='']").click();
  equal("theme" in document.documentElement.dataset, false);
  ok(!document.cookie.includes("marigot_theme"), document.cookie);
});

/* Toasts */

test("a toast goes after seven seconds, one with a link or an error stays", async () => {
  const clock = stopTheClock();
  await begin();
  toast({ text: "Done" });
  toast({ text: "Failed", kind: "bad" });
  toast({ text: "New", href: "/n/1/", link: "Open" });
  toast({ text: "Kept", stay: true });
  toast({});
  await clock.pass(6999);
  equal(toasts(), ["Done", "Failed", "New Open", "Kept"]);
  await clock.pass(1);
  equal(toasts(), ["Failed", "New Open", "Kept"]);
});

test("none goes while it is pointed at", async () => {
  const clock = stopTheClock();
  await begin();
  toast({ text: "Done" });
  one(".toast").dispatchEvent(new Event("pointerenter"));
  await clock.pass(60_000);
  equal(toasts(), ["Done"]);
  one(".toast").dispatchEvent(new Event("pointerleave"));
  await clock.pass(7000);
  equal(toasts(), []);
});

test("four are shown, the newest", async () => {
  await begin();
  for (const text of ["1", "2", "3", "4", "5"]) toast({ text, stay: true });
  equal(toasts(), ["2", "3", "4", "5"]);
});

test("a toast links into the site alone, and is in its language", async () => {
  await begin();
  toast({ text: "Outside", href: "https://example.org/", link: "Open" });
  toast({ text: "Dedans", href: "/n/1/", lang: "fr" });
  equal(all(".toast a").map((link) => link.getAttribute("href")), ["/n/1/"]);
  equal(texts(all(".toast a")), ["/n/1/"]);
  equal(all(".toast [data-text] > span").map(({ lang }) => lang), ["", "fr"]);
});

test("a text is text", async () => {
  await begin();
  toast({ text: "<b>x</b>" });
  equal(toasts(), ["<b>x</b>"]);
});

test("one that stands says something else, or goes", async () => {
  await begin();
  const now = (detail) => document.dispatchEvent(new CustomEvent("m:toast-now", { detail }));
  toast({ text: "3 new", key: 'n-"1', href: "/n/", link: "Open" });
  now({ key: 'n-"1', text: "2 new" });
  equal(toasts(), ["2 new Open"]);
  now({ key: "n-2", text: "" });
  now({ key: 'n-"1', text: "" });
  equal(toasts(), []);
});

test("one that has focus is not taken from under it", async () => {
  const clock = stopTheClock();
  await begin();
  toast({ text: "3 new", key: "n-1", href: "/n/", link: "Open" });
  one(".toast a").focus();
  document.dispatchEvent(new CustomEvent("m:toast-now", { detail: { key: "n-1", text: "" } }));
  await clock.pass(60_000);
  equal(toasts(), ["3 new Open"]);
  one(".toast a").blur();
  await clock.pass(7000);
  equal(toasts(), []);
});

test("what htmx was refused is told in the page's words or the server's", async () => {
  await begin();
  const { dataset } = one("m-toasts");
  const refused = (status, text, headers) => {
    const ctx = { text, response: answer({ status, headers }) };
    document.dispatchEvent(new CustomEvent("htmx:response:error", { detail: { ctx } }));
    const said = toasts();
    one("m-toasts").replaceChildren();
    return said;
  };
  const plain = { "Content-Type": "text/plain; charset=utf-8" };
  for (const status of [400, 401, 422]) equal(refused(status, "x"), [], String(status));
  for (const status of [403, 404]) equal(refused(status, "x"), [dataset.missing], String(status));
  equal(refused(413, "x"), [dataset.large]);
  equal(refused(500, "x", plain), [dataset.error]);
  for (const status of [408, 429, 503, 507]) {
    equal(refused(status, "Busy", plain), ["Busy"], String(status));
    equal(refused(status, "<h1>"), [dataset.error], String(status));
  }
  document.dispatchEvent(new CustomEvent("htmx:error"));
  equal(toasts(), [dataset.offline]);
});

/* Confirming */

const FORM = `<form method="post" action="/gone/" data-confirm="Delete it?" data-confirm-more="For ever."
  data-confirm-yes="Delete" data-confirm-kind="danger"><button name="sure" value="1">Go</button>
  <button name="also" data-confirm="Both?">Go</button></form>`;

async function confirming() {
  const form = put(FORM);
  await begin();
  const sent = [];
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target === form) sent.push(event.submitter.name);
  });
  return { form, sent, dialog: one("#confirm") };
}

test("a form asks in its own words, and nothing is sent before", async () => {
  const { form, sent, dialog } = await confirming();
  one("button", form).click();
  ok(dialog.open, "nothing was asked");
  equal(texts(all("h2, [data-more], [data-yes]", dialog)), ["Delete it?", "For ever.", "Delete"]);
  ok(one("[data-yes]", dialog).classList.contains("button-danger"), "it looks harmless");
  equal(sent, []);
});

test("yes sends it once by the button that was pressed, and asks again the next time", async () => {
  const { form, sent, dialog } = await confirming();
  one("button", form).click();
  await close(dialog, "yes");
  equal(sent, ["sure"]);
  one("button", form).click();
  ok(dialog.open, "it is not asked again");
});

test("no, and Escape, send nothing", async () => {
  const { form, sent, dialog } = await confirming();
  for (const answered of ["no", undefined]) {
    one("button", form).click();
    await close(dialog, answered);
  }
  equal(sent, []);
});

test("a button may ask for itself, without the words of the one before", async () => {
  const { form, dialog } = await confirming();
  one("button", form).click();
  await close(dialog, "no");
  one("[name=also]", form).click();
  equal(texts(all("h2, [data-yes]", dialog)), ["Both?", one("[data-yes]", dialog).dataset.yes]);
  ok(one("[data-more]", dialog).hidden, "there is more");
  ok(one("[data-yes]", dialog).classList.contains("button-primary"), "it looks dangerous");
});

test("htmx goes on or drops what it asked", async () => {
  await begin();
  const done = [];
  const ask = async (answered) => {
    const detail = {
      ctx: { confirm: "Really?", sourceElement: document.createElement("button") },
      issueRequest: () => done.push("sent"),
      dropRequest: () => done.push("dropped"),
    };
    document.dispatchEvent(new CustomEvent("htmx:confirm", { detail, cancelable: true }));
    await close(one("#confirm"), answered);
  };
  await ask("yes");
  await ask("no");
  equal(done, ["sent", "dropped"]);
});

/* Passwords */

test("what is typed is shown on demand, and hidden again when it is sent", async () => {
  put(`<form><m-reveal><input type="password"><button type="button" hidden><span data-on hidden></span>
    <span data-off></span></button></m-reveal></form>`);
  await begin();
  const [field, button] = [one("m-reveal input"), one("m-reveal button")];
  const state = () => [field.type, button.getAttribute("aria-pressed"), one("[data-on]").hidden, one("[data-off]").hidden];
  ok(!button.hidden, "the button is hidden");
  button.click();
  equal(state(), ["text", "true", false, true]);
  one("form:has(m-reveal)").dispatchEvent(new Event("submit"));
  equal(state(), ["password", "false", true, false]);
});

/* Forms and dialogs */

test("a form is sent once, and again after a while", async () => {
  const clock = stopTheClock();
  const form = put('<form method="post" action="/x/"><input name="dataset"></form>');
  await begin();
  const tried = () => form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  equal([tried(), tried()], [true, false]);
  await clock.pass(8000);
  equal(tried(), true);
  window.dispatchEvent(new Event("pageshow"));
  equal(tried(), true);
});

test("a form that only asks may be sent at any time", async () => {
  const form = put('<form method="get"></form>');
  await begin();
  const tried = () => form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  equal([tried(), tried()], [true, true]);
});

test("a click beside a dialog closes it, unless something was typed", async () => {
  const dialog = put('<dialog><input type="hidden" name="a"><input name="b" value="as it came"></dialog>');
  await begin();
  const clicked = (x, y) => {
    if (!dialog.open) dialog.showModal();
    dialog.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: x, clientY: y }));
    return dialog.open;
  };
  dialog.showModal();
  const box = dialog.getBoundingClientRect();
  equal(clicked(box.left + 2, box.top + 2), true, "inside");
  equal(clicked(1, 1), false, "beside");
  one("[type=hidden]", dialog).value = "by a script";
  equal(clicked(1, 1), false, "what nobody typed");
  one("[name=b]", dialog).value = "typed";
  equal(clicked(1, 1), true, "typed");
});

test("a page begins at what is wrong, else at what was done, else where it says", async () => {
  put('<main><p data-told tabindex="-1">Done</p><input type="hidden" aria-invalid="true"><input id="w" aria-invalid="true"></main>');
  await begin();
  equal(document.activeElement.id, "w");
});

test("a page that tells what was done begins there", async () => {
  put('<main><p data-told tabindex="-1">Done</p></main>');
  await begin();
  equal(document.activeElement.textContent, "Done");
});

test("a page that names its beginning keeps it", async () => {
  put('<main><p data-told tabindex="-1">Done</p><input autofocus></main>');
  await begin();
  ok(!("told" in document.activeElement.dataset), "it began at what was done");
});
