/* What the tests of the scripts share. Each test runs in a page that was loaded for it alone; what
   a script asks of the browser (time, network) is replaced before the script is imported. */

const LONGEST = 60_000; // ms; what never ends is told as such
const later = window.setTimeout.bind(window);
const frame = window.requestAnimationFrame.bind(window);
const tests = new Map();

export function test(name, run) {
  if (tests.has(name)) throw new Error(`two tests are called: ${name}`);
  tests.set(name, run);
}

/* What is wrong, or nothing. */
window.runTest = async (name) => {
  let over;
  const late = new Promise((_, reject) => {
    over = later(() => reject(new Error("the test did not end")), LONGEST);
  });
  try {
    await Promise.race([tests.get(name)(), late]);
    return "";
  } catch (error) {
    return error.stack ?? String(error);
  } finally {
    clearTimeout(over);
  }
};

/* Saying what is so */

export function equal(got, wanted, about = "") {
  const [is, ought] = [got, wanted].map((value) => JSON.stringify(value) ?? String(value));
  if (is !== ought) throw new Error(`${about}\n  is:     ${is}\n  wanted: ${ought}`);
}

export function ok(value, about) {
  if (!value) throw new Error(about);
}

/* Finding and doing */

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const texts = (elements) => elements.map((element) => element.textContent.trim());

export function put(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const element = template.content.firstElementChild;
  document.body.append(template.content);
  return element;
}

/* Press `key`: true where the script took it and the browser is to do nothing. */
export function press(element, key, more = {}) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  return !element.dispatchEvent(event);
}

export function write(field, value) {
  field.focus();
  field.value = value;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/* Close a dialog as its button does; whoever waits for that has gone on at the end. */
export async function close(dialog, value) {
  const closed = new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  dialog.close(value);
  await closed;
  await settled();
}

/* The details of each event `name` that reaches the document from now on. */
export function heard(name) {
  const details = [];
  document.addEventListener(name, (event) => details.push(event.detail));
  return details;
}

/* The pages that a script goes to from now on, which the browser then does not: their addresses. */
export function journeys() {
  const made = [];
  window.navigation.addEventListener("navigate", (event) => {
    const { pathname, search } = new URL(event.destination.url);
    made.push(event.navigationType === "reload" ? "reload" : pathname + search);
    event.preventDefault();
  });
  return made;
}

/* Time */

/* All that is under way without waiting for the clock has come to its end. What the browser does
   between is in three queues that know nothing of each other: timers, what is done to elements (a
   form goes there once it is submitted) and frames (a dialog tells there that it was closed). */
export async function settled() {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((done) => later(done, 0));
    await toggled();
    await new Promise((done) => frame(done));
  }
}

function toggled() {
  return new Promise((done) => {
    const element = document.createElement("details");
    element.addEventListener("toggle", done, { once: true });
    element.open = true;
  });
}

/* Until `condition` holds: for what the browser itself does in its own time. */
export async function until(condition) {
  while (!condition()) await new Promise((done) => later(done, 5));
}

/* A clock that goes on by `pass` alone. */
export function stopTheClock() {
  let now = 0;
  let last = 0;
  const waiting = new Map();
  window.setTimeout = (run, delay = 0) => {
    waiting.set((last += 1), { run, at: now + Number(delay) });
    return last;
  };
  window.clearTimeout = (number) => waiting.delete(number);
  return {
    get waits() {
      return [...waiting.values()].map(({ at }) => at - now).sort((a, b) => a - b);
    },
    async pass(milliseconds) {
      const end = now + milliseconds;
      await settled();
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
        if (!next) break;
        const [number, { run, at }] = next;
        waiting.delete(number);
        now = at;
        run();
        await settled();
      }
      now = end;
    },
  };
}

/* The network */

/* An answer as fetch gives it. `json` or `text` is its body. */
export function answer({ status = 200, json, text = "", headers = {}, redirected = false } = {}) {
  const type = json === undefined ? "text/html; charset=utf-8" : "application/json";
  return {
    status,
    ok: status >= 200 && status < 300,
    redirected,
    headers: new Headers({ "Content-Type": type, ...headers }),
    json: async () => JSON.parse(JSON.stringify(json)),
    text: async () => text,
  };
}

/* Answers every fetch by `reply(path, init)`; returns the list of what was asked. A reply that is
   pending ends where the script gives it up. */
export function network(reply) {
  const asked = [];
  window.fetch = (input, init = {}) => {
    const { pathname, search } = new URL(String(input), location.href);
    asked.push({ path: pathname + search, method: init.method ?? "GET", ...init });
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      Promise.resolve(reply(pathname + search, init)).then(resolve, reject);
    });
  };
  return asked;
}

/* A promise that is settled from outside. */
export function pending() {
  const { promise, resolve, reject } = Promise.withResolvers();
  return Object.assign(promise, { resolve, reject });
}
