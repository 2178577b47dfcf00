/* Buttons with data-copy put that address of this site on the clipboard and say so. */

export async function copyLink(path, said) {
  const text = new URL(path, location.href).href;
  let kind = "good";
  try {
    await write(text);
  } catch {
    // Where the browser refuses, the address is at least there to be copied by hand.
    kind = "warn";
  }
  const detail = kind === "good" ? { text: said, kind } : { text, kind, stay: true };
  document.dispatchEvent(new CustomEvent("m:toast", { detail }));
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without HTTPS there is the old way alone.
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "hide-visually";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button?.dataset.copy) copyLink(button.dataset.copy, button.dataset.said);
});

for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
