import { all, equal, ok, one, pending, press, put, stopTheClock, test, write } from "./harness.js";

/* A combobox that offers what of these begins with the words, once `wait` lets it. */
async function begun({ wait = () => null, quiet = true } = {}) {
  const clock = stopTheClock();
  const { Combobox } = await import("/static/design/combobox.js");
  const seen = { asked: [], changes: 0, taken: [] };
  class Fruit extends Combobox {
    prepare() {
      return this.querySelector("input");
    }
    changed() {
      seen.changes += 1;
    }
    asks() {
      return true;
    }
    async offered(words) {
      seen.asked.push(words);
      await wait(words);
      return ["apple", "apricot", "banana", "cherry"].filter((name) => name.startsWith(words)).map(offer);
    }
    taken(option) {
      seen.taken.push(option.dataset.value);
      this.input.value = option.dataset.value;
    }
  }
  customElements.define("m-fruit", Fruit);
  const element = put(`<m-fruit ${quiet ? "data-quiet" : ""} data-none="None" data-failed="Failed"><input id="f">
    <div class="picker-panel" hidden><ul role="listbox"></ul><p class="picker-note"></p></div>
    <p role="status" class="hide-visually" data-count-one="# fruit" data-count-other="# fruits"
      data-chosen="Chosen: #"></p></m-fruit>`);
  return { clock, element, seen, field: one("#f"), open: () => !one(".picker-panel").hidden };
}

function offer(name) {
  const option = document.createElement("li");
  option.role = "option";
  option.dataset.value = name;
  const words = document.createElement("span");
  words.className = "picker-name";
  words.textContent = name;
  option.append(words);
  return option;
}

const pointedAt = (field) => document.getElementById(field.getAttribute("aria-activedescendant"))?.dataset.value;
const said = () => one("[role=status]").textContent;

test("what there is, is counted for whoever listens", async () => {
  const { clock, field, open } = await begun();
  write(field, "a");
  await clock.pass(150);
  ok(open(), "the list is closed");
  equal(field.getAttribute("aria-expanded"), "true");
  equal(said(), "2 fruits");
  write(field, "b");
  await clock.pass(150);
  equal(said(), "1 fruit");
  write(field, "x");
  await clock.pass(150);
  equal([said(), one(".picker-note").textContent], ["None", "None"]);
  equal(field.getAttribute("aria-expanded"), "false");
});

test("arrows go round by the text to the list and back", async () => {
  const { clock, field } = await begun();
  write(field, "a");
  await clock.pass(150);
  const points = [];
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"]) {
    ok(press(field, key), `${key} was left to the browser`);
    points.push(pointedAt(field) ?? null);
  }
  equal(points, ["apple", "apricot", null, "apricot", "apple", null]);
});

test("a closed list opens at its first or its last", async () => {
  const { clock, field, open } = await begun();
  field.focus();
  press(field, "ArrowUp");
  await clock.pass(0);
  equal(pointedAt(field), "cherry");
  press(field, "Escape");
  ok(!open(), "Escape left it open");
  press(field, "ArrowDown");
  await clock.pass(0);
  equal(pointedAt(field), "apple");
});

test("with Alt arrows open and close the list and point at nothing", async () => {
  const { clock, field, open } = await begun();
  field.focus();
  press(field, "ArrowDown", { altKey: true });
  await clock.pass(0);
  equal([open(), pointedAt(field) ?? null], [true, null]);
  press(field, "ArrowUp", { altKey: true });
  ok(!open(), "it is still open");
});

test("Enter takes what is pointed at, else it is the form's", async () => {
  const { clock, field, seen } = await begun();
  write(field, "a");
  await clock.pass(150);
  ok(!press(field, "Enter"), "Enter at nothing was taken");
  press(field, "ArrowDown");
  ok(press(field, "Enter"), "Enter was left to the browser");
  equal(seen.taken, ["apple"]);
  equal(said(), "Chosen: apple");
});

test("Tab takes the offer along and goes on", async () => {
  const { clock, field, seen } = await begun();
  write(field, "b");
  await clock.pass(150);
  press(field, "ArrowDown");
  ok(!press(field, "Tab"), "Tab went nowhere");
  equal(seen.taken, ["banana"]);
});

test("any other key is back in the text, a modifier is not", async () => {
  const { clock, field } = await begun();
  write(field, "a");
  await clock.pass(150);
  press(field, "ArrowDown");
  press(field, "Shift");
  equal(pointedAt(field), "apple");
  press(field, "Home");
  equal(pointedAt(field), undefined);
});

test("keys of an input method are its own", async () => {
  const { clock, field, seen } = await begun();
  write(field, "a");
  await clock.pass(150);
  press(field, "ArrowDown");
  ok(!press(field, "Enter", { isComposing: true }), "Enter was taken");
  equal(seen.taken, []);
});

test("an answer to words of before is dropped", async () => {
  const slow = pending();
  const { clock, field } = await begun({ wait: (words) => (words === "a" ? slow : null) });
  write(field, "a");
  await clock.pass(150);
  write(field, "b");
  await clock.pass(150);
  slow.resolve();
  await clock.pass(0);
  equal(all("[role=option]").map(({ dataset }) => dataset.value), ["banana"]);
});

test("what fails is told, what was given up is not", async () => {
  let error = new DOMException("", "AbortError");
  const { clock, field, open } = await begun({ wait: () => Promise.reject(error) });
  write(field, "a");
  await clock.pass(150);
  ok(!open(), "what was given up was told");
  error = new TypeError("no network");
  write(field, "ap");
  await clock.pass(150);
  equal(one(".picker-note").textContent, "Failed");
});

test("who leaves the field asks nothing and sees nothing more", async () => {
  const { clock, field, open, seen } = await begun();
  write(field, "a");
  field.blur();
  await clock.pass(1000);
  equal([open(), seen.asked], [false, []]);
});

test("a choice is read out, and seen where it is not quiet", async () => {
  const { clock, field, element } = await begun({ quiet: false });
  write(field, "b");
  await clock.pass(150);
  const changes = [];
  element.addEventListener("change", () => changes.push(field.value));
  one("[role=option]").click();
  equal(changes, ["banana"]);
  ok(!one("[role=status]").classList.contains("hide-visually"), "it is not seen");
  write(field, "ba");
  ok(one("[role=status]").classList.contains("hide-visually"), "it is still seen");
});

test("a name is said as it is, whatever signs are in it", async () => {
  const { element } = await begun();
  const option = offer("$& # $1");
  element.list.append(option);
  element.choose(option);
  equal(said(), "Chosen: $& # $1");
});
