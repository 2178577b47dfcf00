import { answer, equal, heard, journeys, network, ok, one, put, settled, test } from "./harness.js";

const SHEET = `<h1>Page</h1><div data-title="Rename"><form method="post" action="/d/1/rename/">
  <input type="hidden" name="next"><input name="title" value="Plan 2026.v2.pdf" autofocus>
  <button name="how" value="a">Go</button><button name="how" value="b" formaction="/other/">Or</button>
  <a data-close href="/">No</a></form></div>`;

async function begun(reply = () => answer({ text: SHEET })) {
  const asked = network((path, init) => reply(path, init));
  const sheet = await import("/static/documents/sheet.js");
  const gone = journeys();
  return { asked, gone, ...sheet, dialog: one("#sheet"), toasts: heard("m:toast") };
}

test("a link with data-sheet opens its page in the dialog", async () => {
  const link = put('<a data-sheet href="/d/1/rename/"><span>Rename</span></a>');
  const { asked, dialog } = await begun();
  one("span", link).click();
  await settled();
  equal(asked.map(({ path, headers }) => [path, headers["X-Sheet"]]), [["/d/1/rename/", "1"]]);
  equal([dialog.open, one("#sheet-title").textContent], [true, "Rename"]);
  ok(!dialog.hasAttribute("aria-busy"), "it is still busy");
});

test("with Ctrl it is a link like any other", async () => {
  const link = put('<a data-sheet href="/d/1/rename/">Rename</a>');
  const { asked } = await begun();
  document.addEventListener("click", (event) => event.preventDefault());
  link.dispatchEvent(new MouseEvent("click", { ctrlKey: true, bubbles: true, cancelable: true }));
  await settled();
  equal(asked, []);
});

test("of a name what stands before the extension is marked", async () => {
  const { openSheet } = await begun();
  await openSheet("/d/1/rename/");
  const { selectionStart, selectionEnd, value } = document.activeElement;
  equal(value.slice(selectionStart, selectionEnd), "Plan 2026.v2");
});

test("of a name without a stem all is marked", async () => {
  const { openSheet } = await begun(() => answer({ text: SHEET.replace("Plan 2026.v2.pdf", ".profile") }));
  await openSheet("/d/1/rename/");
  equal(document.activeElement.selectionEnd, ".profile".length);
});

test("it begins at what is wrong, of which nothing is marked", async () => {
  const text = SHEET.replace("<button", '<input id="wrong" value="a.b" aria-invalid="true"><button');
  const { openSheet } = await begun(() => answer({ text }));
  await openSheet("/d/1/rename/");
  equal(document.activeElement.id, "wrong");
  equal([document.activeElement.selectionStart, document.activeElement.selectionEnd].map((at) => at === 0 || at === 3), [true, true]);
  ok(document.activeElement.selectionStart === document.activeElement.selectionEnd, "it is marked");
});

test("a sheet without a beginning begins at its first field or button", async () => {
  const { openSheet } = await begun(() => answer({ text: SHEET.replace("autofocus", "").replace("name=\"title\"", 'type="hidden"') }));
  await openSheet("/d/1/rename/");
  equal(document.activeElement.value, "a");
});

test("a form in it is sent with the button that was pressed, and answers in it", async () => {
  const { asked, openSheet } = await begun();
  await openSheet("/d/1/rename/");
  one("[value=a]").click();
  await settled();
  one("[value=b]").click();
  await settled();
  const [, first, second] = asked;
  equal([first.path, first.method, first.body.get("how")], ["/d/1/rename/", "POST", "a"]);
  equal([second.path, second.body.get("how")], ["/other/", "b"]);
});

test("a form that another script keeps is not sent", async () => {
  const { asked, openSheet } = await begun();
  await openSheet("/d/1/rename/");
  one("form").addEventListener("submit", (event) => event.preventDefault());
  one("[value=a]").click();
  await settled();
  equal(asked.length, 1);
});

test("a link with data-close closes it and leads nowhere", async () => {
  const { dialog, gone, openSheet } = await begun();
  await openSheet("/d/1/rename/");
  one("[data-close]", dialog.querySelector(".dialog-body")).click();
  equal([dialog.open, gone], [false, []]);
});

test("what is done leads on, or loads the same page anew", async () => {
  let json = { location: "/spaces/a/?page=2" };
  const { gone, postSheet } = await begun(() => answer({ json }));
  await postSheet("/d/move/", new FormData());
  json = { location: location.href };
  await postSheet("/d/move/", new FormData());
  equal(gone, ["/spaces/a/?page=2", "reload"]);
});

test("an answer from elsewhere loads the page anew", async () => {
  const { dialog, gone, openSheet } = await begun(() => answer({ text: SHEET, redirected: true }));
  await openSheet("/d/1/rename/");
  equal([gone, dialog.open], [["reload"], false]);
});

test("where the sign-in was put off what was entered stays", async () => {
  let status = 200;
  const { dialog, openSheet, postSheet, toasts } = await begun(() => answer({ status, text: SHEET }));
  await openSheet("/d/1/rename/");
  one("[name=title]").value = "typed";
  status = 401;
  await postSheet("/d/1/rename/", new FormData());
  equal([dialog.open, one("[name=title]").value, toasts], [true, "typed", []]);
});

test("a page that is no sheet is told by its title, a lost line in the page's words", async () => {
  let reply = () => answer({ status: 404, text: "<h1>Not found</h1>" });
  const { dialog, openSheet, toasts } = await begun(() => reply());
  await openSheet("/d/1/rename/");
  reply = () => answer({ status: 502, text: "" });
  await openSheet("/d/1/rename/");
  reply = () => Promise.reject(new TypeError("no network"));
  await openSheet("/d/1/rename/");
  const failed = dialog.dataset.failed;
  equal(toasts, ["Not found", failed, failed].map((text) => ({ text, kind: "bad" })));
  equal([dialog.open, dialog.hasAttribute("aria-busy")], [false, false]);
});
