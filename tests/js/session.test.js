import { answer, close, equal, heard, journeys, network, ok, one, pending, put, settled, test } from "./harness.js";

const STATE = one("m-session").dataset.state;
const DOOR = one("m-session [data-form]").getAttribute("action");
const REQUIRED = { "Marigot-Sign-In": "required" };
const MINE = { person: 7, token: "new" };

/* The server: what it says of the session, what a sign-in and what any other request is answered. */
async function begun(server = {}) {
  Object.assign(server, { state: { person: null, token: "out" }, other: answer(), ...server });
  const asked = network((path, init) => {
    if (path === STATE) return typeof server.state === "function" ? server.state() : answer({ json: server.state });
    if (path === DOOR) return server.door(init);
    return typeof server.other === "function" ? server.other(path, init) : server.other;
  });
  await import("/static/directory/session.js");
  const session = one("m-session");
  return { asked, server, session, dialog: one("#session"), others: () => asked.filter(({ path }) => path === "/x/") };
}

async function signIn(server, dialog) {
  server.door = () => answer({ json: MINE });
  server.state = MINE;
  one("[name=password]", dialog).value = "secret";
  one("[data-form]", dialog).requestSubmit();
  await settled();
  await settled();
}

const line = () => !one("[data-over]").hidden;

test("a session that ended is said in a line when the page is looked at again", async () => {
  const { dialog, server } = await begun();
  server.state = MINE;
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  equal(line(), false);
  server.state = { person: null, token: "out" };
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  equal([line(), dialog.open], [true, false]);
});

test("a server that is silent or broken is no end of a session", async () => {
  const { server } = await begun();
  for (const state of [() => answer({ status: 503 }), () => Promise.reject(new TypeError("no network"))]) {
    server.state = state;
    document.dispatchEvent(new CustomEvent("m:signed-out"));
    await settled();
    equal(line(), false);
  }
});

test("a request that is refused waits for the sign-in and is repeated with the new token", async () => {
  const { dialog, others, server } = await begun();
  server.other = (path, init) =>
    new Headers(init.headers).get("X-CSRFToken") === "new" ? answer({ text: "done" }) : answer({ status: 401, headers: REQUIRED });
  const body = new FormData();
  body.set("csrfmiddlewaretoken", "old");
  const got = window.fetch("/x/", { method: "POST", headers: { "X-CSRFToken": "old" }, body });
  await settled();
  ok(dialog.open, "nobody was asked");
  await signIn(server, dialog);
  equal(await (await got).text(), "done");
  equal(others().length, 2);
  equal(others()[1].body.get("csrfmiddlewaretoken"), "new");
  equal([dialog.open, line(), one("[name=password]", dialog).value], [false, false, ""]);
});

test("put off, the refusal is the answer", async () => {
  const { dialog, others } = await begun({ other: answer({ status: 401, headers: REQUIRED }) });
  const got = window.fetch("/x/");
  await settled();
  one("[data-close]", dialog).click();
  equal((await got).status, 401);
  equal([others().length, line()], [1, true]);
});

test("a refusal of another kind asks for no sign-in", async () => {
  const { dialog } = await begun({ other: answer({ status: 401 }) });
  equal((await window.fetch("/x/")).status, 401);
  equal(dialog.open, false);
});

test("what nobody waits for interrupts nobody", async () => {
  const required = heard("m:sign-in-required");
  const { dialog } = await begun({ other: answer({ status: 401, headers: REQUIRED }) });
  equal((await window.fetch("/x/", { headers: { "Marigot-Sign-In": "later" } })).status, 401);
  await settled();
  equal([dialog.open, line(), required.length], [false, true, 1]);
});

test("in the editor nothing interrupts", async () => {
  one("m-session").dataset.later = "";
  const { dialog } = await begun({ other: answer({ status: 401, headers: REQUIRED }) });
  await window.fetch("/x/");
  await settled();
  equal([dialog.open, line()], [false, true]);
});

test("several requests ask once, and all are repeated", async () => {
  const { asked, dialog, others, server } = await begun({ other: answer({ status: 401, headers: REQUIRED }) });
  const got = [window.fetch("/x/"), window.fetch("/x/")];
  await settled();
  equal(asked.filter(({ path }) => path === STATE).length, 1);
  server.other = answer();
  await signIn(server, dialog);
  equal((await Promise.all(got)).map(({ status }) => status), [200, 200]);
  equal(others().length, 4);
});

test("what was asked before a sign-in and answered after it is no news", async () => {
  const slow = pending();
  const { dialog, server, session } = await begun({ other: answer({ status: 401, headers: REQUIRED }) });
  const got = session.signedIn();
  await settled();
  server.state = () => slow;
  session.tell();
  await signIn(server, dialog);
  slow.resolve(answer({ json: { person: null, token: "out" } }));
  await settled();
  equal([await got, line()], [true, false]);
});

test("a wrong password is told, and the field is empty again", async () => {
  const { dialog, server, session } = await begun();
  session.signedIn();
  await settled();
  server.door = () => answer({ status: 400, json: { error: "Wrong." } });
  one("[name=password]", dialog).value = "guess";
  one("[data-form]", dialog).requestSubmit();
  await settled();
  equal([one("[data-wrong]", dialog).textContent, dialog.open], ["Wrong.", true]);
  equal([one("[name=password]", dialog).value, document.activeElement.name], ["", "password"]);
});

test("a silent server is told at the sign-in", async () => {
  const { dialog, server, session } = await begun();
  session.signedIn();
  await settled();
  server.door = () => Promise.reject(new TypeError("no network"));
  one("[name=password]", dialog).value = "x";
  one("[data-form]", dialog).requestSubmit();
  await settled();
  equal(one("[data-wrong]", dialog).textContent, session.dataset.failed);
});

test("a sign-in is sent once, with the token of now", async () => {
  const slow = pending();
  const { asked, dialog, server, session } = await begun();
  session.signedIn();
  await settled();
  server.door = () => slow;
  one("[name=password]", dialog).value = "x";
  for (let time = 0; time < 3; time += 1) one("[data-form]", dialog).requestSubmit();
  const sent = asked.filter(({ path }) => path === DOOR);
  equal(sent.map(({ headers }) => headers["X-CSRFToken"]), ["out"]);
});

test("a sign-in in another tab is noticed where the token is out of date", async () => {
  const { dialog, server, session } = await begun();
  const got = session.signedIn();
  await settled();
  server.door = () => answer({ status: 403, text: "csrf" });
  server.state = MINE;
  one("[name=password]", dialog).value = "x";
  one("[data-form]", dialog).requestSubmit();
  equal(await got, true);
  equal(dialog.open, false);
});

test("where somebody else is signed in nothing is sent in their name", async () => {
  const { dialog, session } = await begun({ state: { person: 8, token: "theirs" } });
  const got = session.signedIn();
  await settled();
  equal([one("[data-form]", dialog).hidden, one("[data-other]", dialog).hidden], [true, false]);
  equal(dialog.getAttribute("aria-labelledby"), "session-other-title");
  one("[data-other] [data-close]", dialog).click();
  equal(await got, false);
});

test("a person of a large number is the same person", async () => {
  one("m-session").dataset.person = "1234567";
  const { session } = await begun({ state: { person: 1234567, token: "t" } });
  equal(await session.signedIn(), true);
});

test("all tokens of the page are renewed", async () => {
  put('<input name="csrfmiddlewaretoken" value="old">');
  document.body.setAttribute("hx-headers:inherited", '{"X-CSRFToken": "old", "X-More": "kept"}');
  const { session } = await begun({ state: MINE });
  await session.signedIn();
  equal(one("body > [name=csrfmiddlewaretoken]").value, "new");
  equal(JSON.parse(document.body.getAttribute("hx-headers:inherited")), { "X-CSRFToken": "new", "X-More": "kept" });
});

/* Ordinary forms */

async function aForm(attributes, server) {
  const form = put(`<form ${attributes}><button name="go" value="1">Go</button></form>`);
  const things = await begun(server);
  const gone = journeys();
  const putOff = [];
  document.addEventListener("m:put-off", (event) => putOff.push(event.target.name));
  return { form, gone, putOff, button: one("button", form), ...things };
}

test("a form is sent by its button once the session is known to live", async () => {
  const { button, dialog, gone } = await aForm('method="post" action="/x/"', { state: MINE });
  button.click();
  equal(gone, []);
  await settled();
  equal([gone, dialog.open], [["/x/"], false]);
});

test("it waits for the sign-in, and is sent by a button that was switched off since", async () => {
  const { button, dialog, gone, server } = await aForm('method="post" action="/x/"');
  button.click();
  button.disabled = true;
  await settled();
  equal([gone, dialog.open], [[], true]);
  await signIn(server, dialog);
  equal([gone, button.disabled], [["/x/"], true]);
});

test("put off, nothing is sent and the button is told", async () => {
  const { button, dialog, form, gone, putOff } = await aForm('method="post" action="/x/" data-sent="true"');
  button.click();
  await settled();
  await close(dialog);
  equal([gone, putOff, "sent" in form.dataset], [[], ["go"], false]);
});

test("a server that is silent does not keep a form", async () => {
  const { button, gone } = await aForm('method="post" action="/x/"', { state: () => answer({ status: 503 }) });
  button.click();
  await settled();
  equal(gone, ["/x/"]);
});

test("signing out, and what only asks, goes at once", async () => {
  const door = one("m-session").dataset.doors.split(" ")[0];
  const { asked, button, form, gone } = await aForm(`method="post" action="${door}"`);
  button.click();
  await settled();
  form.method = "get";
  form.action = "/x/";
  button.click();
  await settled();
  button.setAttribute("formmethod", "get");
  form.method = "post";
  button.click();
  await settled();
  equal([gone, asked], [[door, "/x/?go=1", "/x/?go=1"], []]);
});

test("what a script has taken is left to it", async () => {
  const { asked, button, form } = await aForm('method="post" action="/x/"');
  form.addEventListener("submit", (event) => event.preventDefault());
  button.click();
  await settled();
  equal(asked, []);
});
