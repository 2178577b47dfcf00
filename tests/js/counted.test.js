import { equal, test } from "./harness.js";

async function counting(language) {
  document.documentElement.lang = language;
  const { counted } = await import("/static/design/counted.js");
  return (number) => counted(number, "# fichier", "# fichiers").replaceAll(/\s/g, " ");
}

test("none is singular in French", async () => {
  const said = await counting("fr");
  equal([0, 1, 2, 1234].map(said), ["0 fichier", "1 fichier", "2 fichiers", "1 234 fichiers"]);
});

test("a million is plural, though French counts it apart", async () => {
  const said = await counting("fr");
  equal(said(1_000_000), "1 000 000 fichiers");
});

test("none is plural in English", async () => {
  const said = await counting("en");
  equal([0, 1, 2, 1234].map(said), ["0 fichiers", "1 fichier", "2 fichiers", "1,234 fichiers"]);
});

test("a page without a language counts in French", async () => {
  const said = await counting("");
  equal(said(0), "0 fichier");
});
