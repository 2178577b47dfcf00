import { equal, heard, one, ok, settled, test } from "./harness.js";

/* The clipboard, which takes what is written to it, or refuses. */
function clipboard(writeText) {
  Object.defineProperty(navigator, "clipboard", { value: writeText && { writeText } });
}

test("the whole address is copied, and said", async () => {
  const copied = [];
  clipboard(async (text) => copied.push(text));
  const toasts = heard("m:toast");
  const { copyLink } = await import("/static/documents/copy.js");
  await copyLink("/d/5/", "The link is copied.");
  equal(copied, [`${location.origin}/d/5/`]);
  equal(toasts, [{ text: "The link is copied.", kind: "good" }]);
});

test("where the browser refuses the address is shown and stays", async () => {
  clipboard(() => Promise.reject(new Error("no")));
  const toasts = heard("m:toast");
  const { copyLink } = await import("/static/documents/copy.js");
  await copyLink("/d/5/", "The link is copied.");
  equal(toasts, [{ text: `${location.origin}/d/5/`, kind: "warn", stay: true }]);
});

test("without a clipboard it goes the old way and leaves nothing behind", async () => {
  clipboard(undefined);
  let selected = "";
  let works = true;
  document.execCommand = () => {
    selected = document.activeElement.value;
    return works;
  };
  const toasts = heard("m:toast");
  const { copyLink } = await import("/static/documents/copy.js");
  await copyLink("/d/5/", "Copied");
  works = false;
  await copyLink("/d/6/", "Copied");
  equal(selected, `${location.origin}/d/6/`);
  equal(toasts.map(({ kind }) => kind), ["good", "warn"]);
  ok(!one("textarea"), "the field is still there");
});

test("a button that copies is shown and says its own words", async () => {
  clipboard(async () => {});
  const toasts = heard("m:toast");
  await import("/static/documents/copy.js");
  const button = one("[data-copy]");
  ok(!button.hidden, "the button is hidden");
  button.click();
  await settled();
  equal(toasts, [{ text: "Copied", kind: "good" }]);
});
