import { equal, test } from "./harness.js";

async function folded(text) {
  const module = await import("/static/design/folded.js");
  return module.folded(text);
}

test("accents, capitals and ligatures do not count", async () => {
  const wanted = "etat-civil, oeuvres, aero, strasse, lodz";
  equal(await folded("ÉTAT-civil, Œuvres, Ærø, STRAßE, Łódź"), wanted);
});

test("composed and decomposed letters are the same", async () => {
  equal(await folded("E\u0301cole"), await folded("\u00c9cole"));
});

test("letters of another width or joined in one sign are the letters", async () => {
  equal(await folded("\ufb01che \uff21 n\u00b2"), "fiche a n2");
});

test("there is one apostrophe and one hyphen", async () => {
  equal(await folded("l\u2019eau d\u02bcici haute\u2011mer"), "l'eau d'ici haute-mer");
});

test("what is not seen does not count", async () => {
  equal(await folded("mot\u00adcoup\u00e9 z\u200bero \ufeffrien"), "motcoupe zero rien");
});

test("spaces of any kind are one, and none at the ends", async () => {
  equal(await folded("\u00a0 \u00c9tat \t civil\n"), "etat civil");
});
