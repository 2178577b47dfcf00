/* What of a text counts where people look for it: `folded` of directory/text.py, in the browser,
   for lists that are there already. No accents, capitals or ligatures; one kind of apostrophe. */

// oxlint-disable no-misleading-character-class -- each of these stands for itself
const NOT_SEEN =
  /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
// oxlint-enable no-misleading-character-class
const LIGATURES = { œ: "oe", æ: "ae", ß: "ss", ø: "o", đ: "d", ł: "l", ı: "i" };

export function folded(text) {
  return text
    .replace(NOT_SEEN, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[œæßøđłı]/g, (letter) => LIGATURES[letter])
    .replace(/[\u2018\u2019\u201b\u02bc\uff07]/g, "'")
    .replace(/[\u2010\u2011]/g, "-")
    .replace(/\s+/g, " ")
    .trim();
}
