import { all, answer, equal, network, ok, one, pending, press, settled, stopTheClock, test, write } from "./harness.js";

const FOUND = `<div role="listbox">
  <a role="option" href="#a">A</a><a role="option" href="#b">B</a></div>`;

async function begun(reply = () => answer({ text: FOUND })) {
  const clock = stopTheClock();
  const asked = network(reply);
  await import("/static/design/search.js");
  const field = one("#search-input");
  field.focus();
  await clock.pass(1000);
  const look = async (words) => {
    write(field, words);
    await clock.pass(120);
  };
  return { asked, clock, field, look, open: () => !one(".search-panel").hidden };
}

const words = (asked) => asked.map(({ path }) => new URL(path, location).searchParams.get("q"));

test("it asks once the keys rest, from two characters on", async () => {
  const { asked, clock, field, look } = await begun();
  await look("p");
  write(field, "pl");
  await clock.pass(119);
  write(field, "plan ");
  await clock.pass(120);
  equal(words(asked), ["plan"]);
  equal(asked[0].headers["Marigot-Sign-In"], "later");
});

test("the same words are asked once", async () => {
  const { asked, look } = await begun();
  for (const each of ["plan", "plans", "plan"]) await look(each);
  equal(words(asked), ["plan", "plans"]);
});

test("a question that is overtaken is given up, and its answer dropped", async () => {
  const slow = pending();
  const { asked, look } = await begun((path) => (path.endsWith("=plan") ? slow : answer({ text: FOUND })));
  await look("plan");
  await look("plans");
  ok(asked[0].signal.aborted, "it goes on");
  slow.resolve(answer({ text: "late" }));
  await settled();
  equal(all("[role=option]").length, 2);
});

test("an answer to words that were typed over is not shown", async () => {
  const slow = pending();
  const { field, look, open } = await begun(() => slow);
  await look("plan");
  write(field, "plans");
  slow.resolve(answer({ text: FOUND }));
  await settled();
  equal(open(), false);
});

test("what is found is counted, and so is nothing", async () => {
  let text = FOUND;
  const { look, open } = await begun(() => answer({ text }));
  const said = () => one("m-search [role=status]").textContent;
  await look("plan");
  equal([said(), open()], ["2 suggestions; use the arrow keys", true]);
  text = " ";
  await look("nothing");
  equal([said(), open()], ["Nothing found yet", false]);
});

test("a refusal and a lost line show nothing", async () => {
  let reply = () => answer({ status: 503, text: FOUND });
  const { look, open } = await begun(() => reply());
  await look("plan");
  equal(open(), false);
  reply = () => Promise.reject(new TypeError("no network"));
  await look("plans");
  equal(open(), false);
});

test("arrows go round, by the field", async () => {
  const { field, look } = await begun();
  await look("plan");
  const points = [];
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]) {
    press(field, key);
    points.push(one("[aria-selected=true]")?.textContent ?? null);
  }
  equal(points, ["A", "B", null, "B", "A"]);
  equal(field.getAttribute("aria-activedescendant"), "search-option-0");
});

test("Enter opens what is pointed at, else sends the words, and nothing without words", async () => {
  const { field, look } = await begun();
  const clicked = [];
  document.addEventListener("click", (event) => clicked.push(event.target.textContent));
  ok(press(field, "Enter"), "an empty search is sent");
  await look("plan");
  ok(!press(field, "Enter"), "the words are not sent");
  press(field, "ArrowDown");
  ok(press(field, "Enter"), "the words are sent as well");
  equal(clicked, ["A"]);
});

test("Escape closes the list first, then the search", async () => {
  const { field, look, open } = await begun();
  await look("plan");
  press(field, "Escape");
  equal([open(), document.activeElement === field], [false, true]);
  press(field, "Escape");
  equal([one("m-search").hasAttribute("data-open"), document.activeElement === field], [false, false]);
});

test("an answer after the search was left shows nothing", async () => {
  const slow = pending();
  const { field, look, open } = await begun(() => slow);
  await look("plan");
  field.blur();
  slow.resolve(answer({ text: FOUND }));
  await settled();
  equal(open(), false);
});

test("a slash or Ctrl K goes to the search, not from where one types", async () => {
  const { field } = await begun();
  field.blur();
  const other = document.body.appendChild(document.createElement("textarea"));
  other.focus();
  ok(!press(other, "/"), "the slash was taken from a text");
  ok(press(other, "k", { ctrlKey: true }), "Ctrl K was not taken");
  equal(document.activeElement.id, field.id);
  field.blur();
  ok(press(document.body, "/"), "the slash was not taken");
  equal(document.activeElement.id, field.id);
  field.blur();
  ok(!press(document.body, "k", { ctrlKey: true, altKey: true }), "with Alt it is another key");
});

test("while a dialog is open the keys are its own", async () => {
  const { field } = await begun();
  field.blur();
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.showModal();
  ok(!press(dialog, "/"), "the slash was taken");
});
