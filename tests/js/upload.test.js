import { all, answer, close, equal, network, ok, one, settled, stopTheClock, test, texts } from "./harness.js";

const LARGE = 4 * 1024 * 1024 + 1;

/* What is sent: each request waits for the test to answer it. */
class Sent extends EventTarget {
  static all = [];
  upload = new EventTarget();
  headers = {};

  open(method, address) {
    const { pathname, searchParams } = new URL(address, location);
    Object.assign(this, { method, path: pathname, query: Object.fromEntries(searchParams) });
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getResponseHeader(name) {
    return this.after && name === "Retry-After" ? this.after : null;
  }
  send(file) {
    this.file = file;
    Sent.all.push(this);
  }
  abort() {
    this.dispatchEvent(new Event("abort"));
  }
  async answer(status, response = {}, after = null) {
    Object.assign(this, { status, response, after });
    this.dispatchEvent(new Event("load"));
    await settled();
  }
}

async function begun({ more = {}, clock = null } = {}) {
  window.XMLHttpRequest = Sent;
  const asked = network(() => answer({ json: {} }));
  const signIns = [];
  let signsIn = true;
  class Session extends HTMLElement {
    async signedIn() {
      signIns.push(signsIn);
      return signsIn;
    }
  }
  customElements.define("m-session", Session);
  document.body.append(document.createElement("m-session"));
  let refreshed = 0;
  class Files extends HTMLElement {
    refresh() {
      refreshed += 1;
    }
  }
  customElements.define("m-files", Files);
  document.body.append(document.createElement("m-files"));
  Object.assign(one("m-upload").dataset, more);
  await import("/static/documents/upload.js");
  const element = one("m-upload");
  return {
    asked, clock, element, signIns,
    dialog: one("#conflict"),
    refreshed: () => refreshed,
    refuseSignIn: () => (signsIn = false),
    async add(...names) {
      element.add(names.map((name) => (typeof name === "string" ? { file: file(name), path: "" } : name)));
      await settled();
    },
  };
}

const file = (name, size = 3) => new File([new Uint8Array(size)], name, { lastModified: 1700000000000 });
const sent = () => Sent.all.map(({ query }) => query.name);
const states = () => all(".uploads-list li").map(({ dataset }) => dataset.state);
const said = () => texts(all(".uploads-list [data-state] [data-state], .uploads-list .small[data-state]"));
const words = (name) => one("m-upload").dataset[`words${name}`];

test("three are sent at a time, the next as one ends", async () => {
  const { add } = await begun();
  await add("a", "b", "c", "d", "e");
  equal(sent(), ["a", "b", "c"]);
  await Sent.all[1].answer(201);
  equal(sent(), ["a", "b", "c", "d"]);
  equal(states(), ["sending", "done", "sending", "sending", "waiting"]);
});

test("each is sent with its name, folder, date and the token of the page", async () => {
  const { add, element } = await begun();
  await add({ file: file("é&.txt"), path: "Plans/2026" });
  const [request] = Sent.all;
  equal([request.method, request.path], ["PUT", element.dataset.url]);
  equal(request.query, { name: "é&.txt", conflict: "ask", path: "Plans/2026", modified: "1700000000000" });
  equal([request.headers["X-CSRFToken"], request.asksItself], ["token", true]);
  equal(texts(all("[data-name]")), ["Plans/2026/é&.txt"]);
});

test("progress is told in whole hundredths that are reached", async () => {
  const { add } = await begun();
  await add("a");
  const tell = (loaded, total) =>
    Sent.all[0].upload.dispatchEvent(new ProgressEvent("progress", { lengthComputable: total > 0, loaded, total }));
  tell(199, 200);
  equal(said(), ["99%"]);
  tell(1, 0);
  equal(said(), ["99%"]);
  equal(one(".uploads-list progress").value, 0.995);
});

test("a large file is asked about before it is sent", async () => {
  const { add, asked } = await begun();
  await add({ file: file("large", LARGE), path: "" }, { file: file("small", LARGE - 1), path: "" });
  equal(asked.map(({ path }) => new URL(path, location).searchParams.get("size")), [String(LARGE)]);
  equal(sent().sort(), ["large", "small"]);
});

test("a large file that is refused is not sent", async () => {
  const { add } = await begun();
  window.fetch = async () => answer({ status: 422, json: { message: "No such type." } });
  await add({ file: file("large", LARGE), path: "" });
  equal([sent(), states(), said()], [[], ["failed"], ["No such type."]]);
});

test("a file above the limit is refused here, for good", async () => {
  const { add } = await begun({ more: { limit: "5" } });
  await add({ file: file("six", 6), path: "" }, { file: file("five", 5), path: "" });
  equal([sent(), said()[0]], [["five"], words("Large")]);
  ok(one("[data-state=failed] [data-do=retry-one]").hidden, "it can be tried again");
});

test("done, unchanged and what the server says are told", async () => {
  const { add } = await begun();
  await add("a", "b", "c");
  await Sent.all[0].answer(201);
  await Sent.all[1].answer(200, { unchanged: true });
  await Sent.all[2].answer(201, { told: "Saved under another name." });
  equal(said(), [words("Done"), words("Unchanged"), "Saved under another name."]);
  equal(one("[data-summary]").textContent, "Files saved: 3 of 3");
});

test("the list below is read anew once all have ended, where something was saved", async () => {
  const { add, refreshed } = await begun();
  await add("a", "b");
  await Sent.all[0].answer(201);
  equal(refreshed(), 0);
  await Sent.all[1].answer(422, { message: "No." });
  equal(refreshed(), 1);
  await add("c");
  await Sent.all[2].answer(422, { message: "No." });
  equal(refreshed(), 1);
});

test("what failed stands first and may be tried again, what is refused may not", async () => {
  const { add } = await begun();
  await add("a", "b", "c");
  await Sent.all[1].answer(500);
  await Sent.all[2].answer(413);
  equal(texts(all("[data-name]")), ["c", "b", "a"]);
  equal(all("[data-do=retry-one]").map(({ hidden }) => hidden), [true, false, true]);
  all("[data-do=retry-one]")[1].click();
  await settled();
  equal(sent(), ["a", "b", "c", "b"]);
});

test("try again takes all that may be tried", async () => {
  const { add } = await begun();
  await add("a", "b", "c");
  for (const [number, status] of [500, 413, 502].entries()) await Sent.all[number].answer(status);
  const retry = one("header [data-do=retry]");
  ok(!retry.hidden, "it is hidden");
  retry.click();
  await settled();
  equal(sent(), ["a", "b", "c", "a", "c"]);
  ok(retry.hidden, "it is still shown");
});

test("a line that was cut is told, and can be tried again", async () => {
  const { add } = await begun();
  await add("a");
  Sent.all[0].dispatchEvent(new Event("error"));
  await settled();
  equal([states(), said()], [["failed"], [words("Network")]]);
});

/* Later */

test("told to wait, all wait as long as is asked", async () => {
  const clock = stopTheClock();
  const { add } = await begun();
  await add("a", "b", "c", "d");
  await Sent.all[0].answer(429, {}, "7");
  await Sent.all[1].answer(201);
  equal([sent().length, said()[0]], [3, words("Later")]);
  await clock.pass(6999);
  equal(sent().length, 3);
  await clock.pass(1);
  equal(sent().slice(3), ["a", "d"]);
});

test("a server that names no time is asked less and less often, then given up", async () => {
  const clock = stopTheClock();
  const { add } = await begun();
  await add("a");
  const waits = [];
  for (let time = 1; time < 12; time += 1) {
    await Sent.all.at(-1).answer(503);
    waits.push(clock.waits[0] / 1000);
    await clock.pass(clock.waits[0]);
  }
  await Sent.all.at(-1).answer(503, { message: "Busy." });
  equal(waits, [5, 10, 20, 40, 40, 40, 40, 40, 40, 40, 40]);
  equal([states(), said(), Sent.all.length], [["failed"], ["Busy."], 12]);
});

test("nobody waits longer than a minute", async () => {
  const clock = stopTheClock();
  const { add } = await begun();
  await add("a");
  await Sent.all[0].answer(503, {}, "3600");
  equal(clock.waits, [60_000]);
});

/* A name that is taken */

const choose = async (dialog, value, { every = false } = {}) => {
  one("[data-all]", dialog).checked = every;
  one(`button[value=${value}]`, dialog).click();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  await settled();
};

test("a name that is taken is asked about, one at a time", async () => {
  const { add, dialog } = await begun();
  await add("a", "b");
  await Sent.all[0].answer(409);
  await Sent.all[1].answer(409);
  equal(one("[data-question]").textContent, words("Taken").replace("%s", "a"));
  await choose(dialog, "version");
  equal(one("[data-question]").textContent, words("Taken").replace("%s", "b"));
  await choose(dialog, "both");
  equal(Sent.all.slice(2).map(({ query }) => [query.name, query.conflict]), [["a", "version"], ["b", "both"]]);
});

test("one answer serves for all that follow, until all have ended", async () => {
  const { add, dialog } = await begun();
  await add("a", "b");
  await Sent.all[0].answer(409);
  await Sent.all[1].answer(409);
  await choose(dialog, "skip", { every: true });
  equal([states(), dialog.open], [["skipped", "skipped"], false]);
  await add("c");
  await Sent.all[2].answer(409);
  ok(dialog.open, "it was not asked again");
  ok(one("[data-all]", dialog).closest("label").hidden, "there are no others");
});

test("a dialog that is closed skips the file", async () => {
  const { add, dialog } = await begun();
  await add("a");
  await Sent.all[0].answer(409);
  await close(dialog, "");
  equal([states(), sent()], [["skipped"], ["a"]]);
});

test("a folder in its place cannot be replaced", async () => {
  const { add, dialog } = await begun();
  await add("a");
  await Sent.all[0].answer(409, { existing: { folder: true }, message: "A folder has this name." });
  equal([states(), said(), dialog.open], [["failed"], ["A folder has this name."], false]);
});

/* Cancelling */

test("one is cancelled, and the next goes", async () => {
  const { add } = await begun();
  await add("a", "b", "c", "d");
  all("[data-do=cancel-one]")[0].click();
  await settled();
  equal([states(), sent()], [["cancelled", "sending", "sending", "sending"], ["a", "b", "c", "d"]]);
  ok(!one("[data-do=retry-one]").hidden, "it cannot be tried again");
});

test("all are cancelled, but what is done", async () => {
  const { add } = await begun();
  await add("a", "b", "c", "d", "e");
  await Sent.all[0].answer(201);
  one("header [data-do=cancel]").click();
  await settled();
  equal(states(), ["done", "cancelled", "cancelled", "cancelled", "cancelled"]);
  equal([one("header [data-do=cancel]").hidden, one("header [data-do=close]").hidden], [true, false]);
});

test("closed, the list is empty", async () => {
  const { add, element } = await begun();
  await add("a");
  await Sent.all[0].answer(201);
  one("header [data-do=close]").click();
  equal([element.jobs, one(".uploads").hidden, states()], [[], true, []]);
});

test("new files keep of the old ones what failed", async () => {
  const { add } = await begun();
  await add("a", "b");
  await Sent.all[0].answer(201);
  await Sent.all[1].answer(500);
  await add("c");
  equal(texts(all("[data-name]")), ["b", "c"]);
});

test("a page is not left by accident while something is sent", async () => {
  const { add } = await begun();
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  equal(leave(), false);
  await add("a");
  equal(leave(), true);
  await Sent.all[0].answer(201);
  equal(leave(), false);
});

/* A session that ended */

test("after the sign-in the file goes again", async () => {
  const { add, signIns } = await begun();
  await add("a");
  await Sent.all[0].answer(401);
  equal([signIns, sent()], [[true], ["a", "a"]]);
});

test("put off, nothing more is tried and nobody asked again, and all go on after it", async () => {
  const { add, refuseSignIn, signIns } = await begun();
  refuseSignIn();
  await add("a", "b", "c", "d");
  await Sent.all[0].answer(401);
  await Sent.all[1].answer(401);
  await Sent.all[2].answer(201);
  equal([signIns, states().sort(), sent().length], [[false], ["done", "failed", "failed", "failed"], 3]);
  equal(said().slice(0, 3), [words("Over"), words("Over"), words("Over")]);
  document.dispatchEvent(new CustomEvent("m:signed-in"));
  await settled();
  equal(sent().slice(3).sort(), ["a", "b", "d"]);
});

test("the sign-in brings nothing back that failed by itself", async () => {
  const { add } = await begun();
  await add("a");
  await Sent.all[0].answer(500);
  document.dispatchEvent(new CustomEvent("m:signed-in"));
  await settled();
  equal(sent(), ["a"]);
});

/* Choosing and dropping */

test("the button opens the choice of files, and a folder keeps its paths", async () => {
  await begun();
  const opener = one("a[data-upload]");
  ok(!opener.hidden, "the button is hidden");
  const opened = [];
  one("[data-input=files]").addEventListener("click", (event) => {
    event.preventDefault();
    opened.push("files");
  });
  opener.click();
  equal(opened, ["files"]);
  const input = one("[data-input=folder]");
  const chosen = ["Plans/a.txt", "Plans/2026/b.txt"].map((path) =>
    Object.defineProperty(file(path.split("/").at(-1)), "webkitRelativePath", { value: path })
  );
  Object.defineProperty(input, "files", { value: chosen });
  input.dispatchEvent(new Event("change"));
  await settled();
  equal(Sent.all.map(({ query }) => query.path), ["Plans", "Plans/2026"]);
});

/* A folder as a browser gives it: `batch` entries at a time. */
function folder(name, children, batch = 2) {
  return {
    name,
    isFile: false,
    createReader() {
      const left = [...children];
      return { readEntries: (done) => done(left.splice(0, batch)) };
    },
  };
}
const entry = (name) => ({ name, isFile: true, file: (done) => done(file(name)) });
const unreadable = { name: "x", isFile: true, file: (_, failed) => failed(new Error("x")) };

function dropped(entries, files = []) {
  const event = new Event("drop", { cancelable: true });
  const items = entries.map((each) => ({ webkitGetAsEntry: () => each }));
  event.dataTransfer = { types: ["Files"], items, files };
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

test("of a dropped folder all is sent, however deep and however many", async () => {
  await begun();
  const deep = folder("2026", [entry("d"), unreadable]);
  dropped([folder("Plans", [entry("a"), entry("b"), entry("c"), deep, folder("empty", [])]), entry("e")]);
  for (let number = 0; number < 5; number += 1) {
    await settled();
    await Sent.all[number].answer(201);
  }
  equal(Sent.all.map(({ query }) => `${query.path ?? ""}/${query.name}`), ["Plans/a", "Plans/b", "Plans/c", "Plans/2026/d", "/e"]);
});

test("a dropped file without an entry is sent as it is", async () => {
  await begun();
  dropped([null], [file("a")]);
  await settled();
  equal(sent(), ["a"]);
});

test("the veil is there while files are above the page, and for files alone", async () => {
  await begun();
  const over = (name, types = ["Files"]) => {
    window.dispatchEvent(Object.assign(new Event(name, { cancelable: true }), { dataTransfer: { types } }));
    return !one(".drop-veil").hidden;
  };
  equal(over("dragenter", ["text/plain"]), false);
  equal([over("dragenter"), over("dragenter"), over("dragleave"), over("dragleave")], [true, true, true, false]);
  over("dragenter");
  ok(dropped([]), "the browser opens what was dropped");
  equal(one(".drop-veil").hidden, true);
});
