import { all, answer, equal, network, ok, one, press, stopTheClock, test, texts, write } from "./harness.js";

const PEOPLE = `
  <li class="picker-option" role="option" data-value="ana.rey"><span class="picker-name">Ana Rey</span></li>
  <li class="picker-option" role="option" data-value="ari.roy"><span class="picker-name">Ari Roy</span></li>`;

async function begun(reply = () => answer({ text: PEOPLE })) {
  const clock = stopTheClock();
  const asked = network(reply);
  await import("/static/design/picker.js");
  return { asked, clock, field: one("#person"), paths: () => asked.map(({ path }) => path) };
}

test("one character asks nothing, two ask once the keys rest", async () => {
  const { clock, field, paths } = await begun();
  write(field, "a");
  await clock.pass(1000);
  write(field, "an");
  await clock.pass(149);
  equal(paths(), []);
  write(field, "ana");
  await clock.pass(150);
  equal(paths(), ["/people/?q=ana"]);
  equal(texts(all("[role=option]")), ["Ana Rey", "Ari Roy"]);
});

test("a look-up puts the sign-in off and follows no redirect", async () => {
  const { asked, clock, field } = await begun();
  write(field, "ana");
  await clock.pass(150);
  equal(asked[0].headers["Marigot-Sign-In"], "later");
  equal(asked[0].redirect, "error");
});

test("the same words are asked once", async () => {
  const { clock, field, paths } = await begun();
  for (const words of ["ana", "ari", "ana", "ana "]) {
    write(field, words);
    await clock.pass(150);
  }
  equal(paths(), ["/people/?q=ana", "/people/?q=ari"]);
});

test("answers are forgotten once there are fifty", async () => {
  const { clock, field, paths } = await begun();
  for (let number = 0; number <= 50; number += 1) {
    write(field, `ana ${number}`);
    await clock.pass(150);
  }
  write(field, "ana 0");
  await clock.pass(150);
  equal(paths().length, 52);
});

test("who is chosen is written by their login and not looked up again", async () => {
  const { clock, field, paths } = await begun();
  write(field, "an");
  await clock.pass(150);
  all("[role=option]")[1].click();
  equal(field.value, "ari.roy");
  ok(one(".picker-panel").hidden, "the list is still open");
  equal(one(".picker-said").textContent, "Chosen: Ari Roy");
  field.click();
  await clock.pass(150);
  equal(paths().length, 1);
});

test("a refusal is told, and the next answer takes its place", async () => {
  let status = 503;
  const { clock, field } = await begun(() => answer({ status, text: PEOPLE }));
  write(field, "ana");
  await clock.pass(150);
  equal(one(".picker-note").textContent, one("m-picker").dataset.failed);
  ok(press(field, "ArrowDown"), "the key was left to the browser");
  status = 200;
  press(field, "ArrowDown");
  await clock.pass(0);
  equal(all("[role=option]").length, 2);
  ok(one(".picker-note").hidden, "the note is still there");
});
