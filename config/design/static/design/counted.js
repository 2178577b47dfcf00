/* A number and its noun, as the language of the page counts: 0 is singular in French, plural in
   English. `one` and `other` hold "#" where the number goes. */

const rules = new Intl.PluralRules(document.documentElement.lang || "fr");
const figures = new Intl.NumberFormat(rules.resolvedOptions().locale);

export function counted(number, one, other) {
  const text = rules.select(number) === "one" ? one : other;
  return text.replace("#", figures.format(number));
}
