import { all, answer, equal, heard, network, one, pending, put, settled, stopTheClock, test, until } from "./harness.js";

/* The lines that were opened; the test speaks for the server. */
class Line extends EventTarget {
  static all = [];
  static broken = false;
  sent = [];

  constructor(address) {
    super();
    if (Line.broken) throw new DOMException("", "SecurityError");
    this.address = address;
    Line.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
  }
  open() {
    this.dispatchEvent(new Event("open"));
  }
  async say(message) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
    await settled();
  }
  async end(code) {
    this.dispatchEvent(new CloseEvent("close", { code }));
    await settled();
  }
}

const notice = (id, more = {}) => ({ id, sequence: 40 + id, title: `Note ${id}`, url: `/n/${id}/`, language: "fr", ...more });

async function begun(reply = () => answer({ json: { sequence: 50, unread: 3, notices: [notice(9)], whole: true } })) {
  const clock = stopTheClock();
  Math.random = () => 0.5;
  window.WebSocket = Line;
  const asked = network(reply);
  const toasts = heard("m:toast");
  const changed = heard("m:toast-now");
  await import("/static/notices/notices.js");
  const bell = one("m-notices");
  return { asked, bell, changed, clock, toasts, paths: () => asked.map(({ path }) => path) };
}

const last = () => Line.all.at(-1);
const kept = () => sessionStorage.getItem("marigot-notices-since");
const poll = one("m-notices").dataset.poll;
let isHidden = false;
function hide(hidden) {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}
Object.defineProperty(document, "hidden", { get: () => isHidden });

/* Where it begins */

test("the line begins at the position of the page", async () => {
  await begun();
  last().open();
  equal([last().address, last().sent], [`ws://${location.host}/ws/notices/`, [{ since: 40 }]]);
});

test("it begins where the page before had come to", async () => {
  sessionStorage.setItem("marigot-notices-since", "38");
  await begun();
  last().open();
  equal(last().sent, [{ since: 38 }]);
});

test("what is kept and no number is not believed", async () => {
  sessionStorage.setItem("marigot-notices-since", "38 or so");
  await begun();
  last().open();
  equal(last().sent, [{ since: 40 }]);
});

test("the first page of the list has all there was", async () => {
  sessionStorage.setItem("marigot-notices-since", "38");
  put('<p data-notices-fresh="1" hidden><span></span></p>');
  await begun();
  last().open();
  equal(last().sent, [{ since: 40 }]);
});

/* News */

test("a notice is fetched, shown, counted and kept", async () => {
  const { bell, clock, paths, toasts } = await begun();
  await last().say({ t: "n", u: 3 });
  await clock.pass(300);
  equal(paths(), [`${poll}?n=40`]);
  equal(toasts, [{ kind: "info", key: "notice-9", text: "Note 9", lang: "fr", href: "/n/9/", link: bell.dataset.open }]);
  equal([kept(), all("[data-unread]").map(({ textContent }) => textContent)], ["50", ["3"]]);
  equal(one("a", bell).getAttribute("aria-label"), "Notices, 3 unread");
});

test("many at once are fetched once", async () => {
  const { clock, paths } = await begun();
  for (let time = 0; time < 5; time += 1) await last().say({ t: "n" });
  await clock.pass(1000);
  equal(paths().length, 1);
});

test("more than three are one toast", async () => {
  const notices = [1, 2, 3, 4].map((id) => notice(id));
  const { bell, clock, toasts } = await begun(() => answer({ json: { sequence: 50, unread: 4, notices } }));
  await last().say({ t: "n" });
  await clock.pass(300);
  equal(toasts.map(({ text, link }) => [text, link]), [["4 new notices", bell.dataset.see]]);
});

test("what the page lists itself, and what was told before, is no news", async () => {
  put('<article id="notice-9"></article>');
  const notices = [notice(9), notice(8)];
  const { clock, toasts } = await begun(() => answer({ json: { sequence: 50, unread: 4, notices } }));
  for (let time = 0; time < 2; time += 1) {
    await last().say({ t: "n" });
    await clock.pass(300);
  }
  equal(toasts.map(({ text }) => text), ["Note 8"]);
});

test("a position told by the line is kept, but not before what it told of was fetched", async () => {
  const slow = pending();
  const { clock } = await begun(() => slow);
  await last().say({ t: "caught", s: 44 });
  equal(kept(), "44");
  await last().say({ t: "n" });
  await clock.pass(300);
  await last().say({ t: "caught", s: 48 });
  equal(kept(), "44");
});

test("an answer that fails is asked for again, from the same position", async () => {
  let status = 503;
  const { clock, paths, toasts } = await begun(() => answer({ status, json: { sequence: 50, unread: 1, notices: [notice(9)] } }));
  await last().say({ t: "n" });
  await clock.pass(300);
  equal([toasts, kept()], [[], null]);
  status = 200;
  await clock.pass(5000);
  equal([paths(), toasts.length], [[`${poll}?n=40`, `${poll}?n=40`], 1]);
});

test("a page that nobody sees fetches nothing and marks its title", async () => {
  const { clock, paths } = await begun();
  const { title } = document;
  hide(true);
  await last().say({ t: "n" });
  await last().say({ t: "n" });
  await clock.pass(10_000);
  equal([paths(), document.title], [[], `• ${title}`]);
  hide(false);
  await settled();
  equal([paths().length, document.title], [1, title]);
});

/* Counts */

test("counts are whole up to 99, and nothing is hidden", async () => {
  const { bell } = await begun();
  const label = () => one("a", bell).getAttribute("aria-label");
  await last().say({ t: "x", u: 100 });
  equal([one("[data-unread]").textContent, label()], ["99+", "Notices, 100 unread"]);
  await last().say({ t: "x", u: 1 });
  equal([one("[data-unread]").hidden, label()], [false, "Notices, 1 unread"]);
  await last().say({ t: "x", u: 0 });
  equal([one("[data-unread]").hidden, label()], [true, "Notices"]);
});

test("what was read meanwhile is no longer told", async () => {
  let json = { sequence: 50, unread: 3, notices: [notice(8), notice(9)] };
  put('<p data-notices-fresh="0" hidden><span></span></p>');
  const { changed, clock, paths } = await begun(() => answer({ json }));
  await last().say({ t: "n" });
  await clock.pass(300);
  equal(one("[data-notices-fresh] span").textContent, "2 new notices");
  json = { sequence: 50, unread: 2, notices: [notice(9)], whole: true };
  await last().say({ t: "x", u: 2 });
  equal(paths().at(-1), `${poll}?n=47`);
  equal(changed, [{ key: "notice-8", text: "" }]);
  equal(one("[data-notices-fresh] span").textContent, "1 new notice");
});

test("of a toast for several the rest is told", async () => {
  let json = { sequence: 50, unread: 4, notices: [1, 2, 3, 4].map((id) => notice(id)) };
  const { changed, clock } = await begun(() => answer({ json }));
  await last().say({ t: "n" });
  await clock.pass(300);
  json = { unread: 3, notices: [2, 3, 4].map((id) => notice(id)), whole: false };
  await last().say({ t: "x", u: 3 });
  equal(changed, []);
  json.whole = true;
  await last().say({ t: "x", u: 2 });
  equal(changed, [{ key: "notice-1", text: "3 new notices" }]);
});

test("with nothing unread all are gone, and nobody is asked", async () => {
  put('<p data-notices-fresh="0" hidden><span></span></p>');
  const { changed, clock, paths } = await begun();
  await last().say({ t: "n" });
  await clock.pass(300);
  await last().say({ t: "x", u: 0 });
  equal([changed, paths().length, one("[data-notices-fresh]").hidden], [[{ key: "notice-9", text: "" }], 1, true]);
});

/* The line */

test("a line that is cut is opened again, later each time, then asked instead", async () => {
  const { clock, paths } = await begun();
  const waits = [];
  for (let time = 0; time < 2; time += 1) {
    await last().end(1006);
    waits.push(clock.waits[0]);
    await clock.pass(clock.waits[0]);
  }
  equal(waits, [2500, 5000]);
  await last().end(1006);
  equal([Line.all.length, paths().length], [3, 1]);
  await clock.pass(15_000);
  equal(paths().length, 2);
});

test("a line that works forgets what failed before", async () => {
  const { clock } = await begun();
  for (let time = 0; time < 6; time += 1) {
    await last().end(1006);
    equal(clock.waits[0], 2500);
    await clock.pass(2500);
    await last().say({ t: "caught", s: 40 });
  }
});

test("a line that is refused is tried again in a minute", async () => {
  const { clock, paths } = await begun();
  await last().end(4403);
  equal([paths().length, Line.all.length], [1, 1]);
  await clock.pass(60_000);
  equal(Line.all.length, 2);
});

test("without a line one asks every 15 seconds, every minute where nobody looks", async () => {
  Line.broken = true;
  const { clock, paths } = await begun();
  await settled();
  equal(paths().length, 1);
  await clock.pass(30_000);
  equal(paths().length, 3);
  isHidden = true;
  await clock.pass(15_000);
  equal(paths().length, 4);
  await clock.pass(59_999);
  equal(paths().length, 4);
  await clock.pass(1);
  equal(paths().length, 5);
});

test("a line that says nothing for a minute is dead", async () => {
  const { clock } = await begun();
  await clock.pass(59_000);
  await last().say({ t: "x" });
  await clock.pass(59_999);
  equal(Line.all[0].closed ?? false, false);
  await clock.pass(1);
  equal(Line.all[0].closed, true);
  await clock.pass(2500);
  equal(Line.all.length, 2);
});

test("a line of before is not listened to", async () => {
  const { clock } = await begun();
  const [old] = Line.all;
  await old.end(1006);
  await clock.pass(2500);
  await old.say({ t: "x", u: 77 });
  await old.end(4401);
  equal([one("[data-unread]").textContent, clock.waits], ["2", [60_000]]);
});

test("signed out it says so and stays silent until somebody is signed in", async () => {
  const out = heard("m:signed-out");
  const { clock } = await begun();
  await last().end(4401);
  window.dispatchEvent(new Event("online"));
  await clock.pass(600_000);
  equal([out.length, Line.all.length], [1, 1]);
  document.dispatchEvent(new CustomEvent("m:signed-in"));
  equal(Line.all.length, 2);
  document.dispatchEvent(new CustomEvent("m:signed-in"));
  equal(Line.all.length, 2);
});

test("asked in vain for a session it stops", async () => {
  Line.broken = true;
  const { clock, paths } = await begun(() => answer({ status: 401 }));
  await clock.pass(600_000);
  equal(paths().length, 1);
});

test("a page that is left hangs up, and is back from the browser's memory", async () => {
  await begun();
  window.dispatchEvent(new Event("pagehide"));
  equal(last().closed, true);
  window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
  equal(Line.all.length, 1);
  window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  equal(Line.all.length, 2);
});

/* Other tabs */

test("tabs tell each other what is unread and what was shown", async () => {
  const other = new BroadcastChannel("marigot-notices");
  const told = [];
  other.addEventListener("message", ({ data }) => told.push(data));
  const { bell, clock, toasts } = await begun();
  await until(() => told.length);
  equal(told, [{ unread: 2 }]);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  for (const message of [{ unread: 7, known: [9] }, null]) other.postMessage(message);
  await until(() => one("[data-unread]").textContent === "7");
  await last().say({ t: "n" });
  await clock.pass(300);
  equal([toasts, bell.known.has(9)], [[], true]);
});

test("what this tab shows the others know", async () => {
  const other = new BroadcastChannel("marigot-notices");
  const told = [];
  other.addEventListener("message", ({ data }) => told.push(data));
  const { clock } = await begun();
  await last().say({ t: "n" });
  await clock.pass(300);
  await until(() => told.some(({ known }) => known));
  equal(told.at(-1), { known: [9] });
});
