import { all, equal, ok, one, stopTheClock, test, texts, write } from "./harness.js";

async function begun() {
  const clock = stopTheClock();
  await import("/static/design/choices.js");
  const field = one("input#group");
  const offered = async (words) => {
    write(field, words);
    await clock.pass(150);
    return texts(all("m-choices [role=option]"));
  };
  return { clock, field, offered, holder: one("select[name=group]") };
}

test("a short list stays as it is", async () => {
  await begun();
  ok(!one("input#few") && !one("#few").hidden, "it was replaced");
});

test("the text field stands in the place of the list", async () => {
  const { field, holder } = await begun();
  equal([field.required, field.name, field.placeholder], [true, "", "All"]);
  equal([holder.hidden, holder.required, holder.id], [true, false, "group-holder"]);
});

test("parts of a name find it, in any order, case and accent", async () => {
  const { offered } = await begun();
  equal(await offered("042 EQUIPE"), ["Équipe 042"]);
  equal(await offered("equipe 11"), ["Équipe 011", ...[...Array(10).keys()].map((n) => `Équipe 11${n}`)]);
  equal(await offered("nobody"), []);
});

test("of a long list the first hundred are shown, and said", async () => {
  const { offered } = await begun();
  equal((await offered("equipe")).length, 100);
  equal(one(".picker-note").textContent, "The first 100 are shown: type part of the name.");
  ok(!one(".picker-note").hidden, "it is not seen");
  await offered("equipe 01");
  ok(one(".picker-note").hidden, "it is still said");
});

test("what is chosen is held, and the form hears of it", async () => {
  const { field, holder, offered } = await begun();
  const changes = [];
  holder.addEventListener("change", () => changes.push(holder.value));
  await offered("042");
  one("m-choices [role=option]").click();
  equal([field.value, holder.value], ["Équipe 042", "42"]);
  equal(changes.at(-1), "42");
});

test("a name typed to its end is chosen, with whatever accents", async () => {
  const { field, holder, offered } = await begun();
  await offered("ÉQUIPE 007");
  equal([holder.value, field.validationMessage], ["7", ""]);
});

test("a name typed to its end lays nothing over the page, until it is asked for", async () => {
  const { clock, field, offered } = await begun();
  const panel = one("m-choices .picker-panel");
  await offered("equipe 00");
  ok(!panel.hidden, "nothing is offered");
  await offered("equipe 007");
  ok(panel.hidden, "it is still offered");
  field.click();
  await clock.pass(150);
  ok(!panel.hidden, "nothing is offered to who asks");
  await offered("equipe 008");
  ok(panel.hidden, "it is offered again");
  write(field, "equipe 009");
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  await clock.pass(0);
  ok(!panel.hidden, "nothing is offered to who asks by a key");
});

test("what is no choice cannot be sent, nothing can", async () => {
  const { field, holder, offered } = await begun();
  await offered("equipe 007");
  await offered("equipe 00");
  equal([holder.value, field.validationMessage], ["", "Choose one from the list."]);
  field.required = false;
  await offered("");
  equal(field.validationMessage, "");
});

test("a name that two choices have stands for neither", async () => {
  one("select[name=group]").options[3].label = "Équipe 001";
  const { field, holder, offered } = await begun();
  await offered("equipe 001");
  equal([holder.value, field.validity.customError], ["", true]);
});

test("whoever has chosen is offered all again", async () => {
  const { clock, field, offered } = await begun();
  await offered("042");
  one("m-choices [role=option]").click();
  field.click();
  await clock.pass(150);
  equal(all("m-choices [role=option]").length, 100);
});

test("what was chosen before is shown", async () => {
  one("select[name=group]").value = "5";
  const { field } = await begun();
  equal(field.value, "Équipe 005");
});
