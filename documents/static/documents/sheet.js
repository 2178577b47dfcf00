/* Links with data-sheet open the page that they lead to in a dialog; its forms answer there, and
   a link with data-close closes it. Without this script they are pages like any other. */

import "./copy.js";

const dialog = document.getElementById("sheet");
const title = document.getElementById("sheet-title");
const body = dialog?.querySelector(".dialog-body");

async function ask(url, options = {}) {
  dialog.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(url, {
      ...options,
      headers: { "X-Sheet": "1", Accept: "text/html, application/json" },
    });
    await show(response);
  } catch {
    say(dialog.dataset.failed);
  } finally {
    dialog.removeAttribute("aria-busy");
  }
}

async function show(response) {
  if (response.status === 401) return; // the sign-in was put off: what was entered stays
  if (response.redirected) return location.reload();
  if (response.headers.get("Content-Type")?.includes("json")) {
    const target = new URL((await response.json()).location, location.href);
    // The same page again, with what has changed and what there is to say.
    if (target.href === location.href) location.reload();
    else location.href = target.href;
    return;
  }
  const text = await response.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const sheet = page.querySelector("[data-title]");
  if (!sheet) return say(page.querySelector("h1")?.textContent || dialog.dataset.failed);
  title.textContent = sheet.dataset.title;
  body.replaceChildren(document.adoptNode(sheet));
  if (!dialog.open) dialog.showModal();
  const field = body.querySelector("[aria-invalid=true]") ?? body.querySelector("[autofocus]");
  (field ?? body.querySelector("input:not([type=hidden]), button"))?.focus();
  // What is long is read from its beginning, not from the button that stands below it.
  if (!field?.matches("input, select, textarea") && dialog.scrollHeight > dialog.clientHeight) {
    title.tabIndex = -1;
    title.focus();
  }
  if (field?.type === "text" && !field.matches("[aria-invalid=true]")) selectStem(field);
}

/* Renaming changes what stands before the extension most of the time. */
function selectStem(field) {
  const dot = field.value.lastIndexOf(".");
  field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
}

function say(text) {
  document.dispatchEvent(new CustomEvent("m:toast", { detail: { text, kind: "bad" } }));
}

export function openSheet(url) {
  return ask(url);
}

export function postSheet(url, data) {
  return ask(url, { method: "POST", body: data });
}

if (dialog) {
  body.addEventListener("click", (event) => {
    if (!event.target.closest("a[data-close]")) return;
    event.preventDefault();
    dialog.close();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openSheet(link.href);
  });
  body.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    postSheet(event.submitter?.getAttribute("formaction") ?? form.action, data);
  });
}
