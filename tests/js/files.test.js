import { all, answer, equal, journeys, network, ok, one, press, settled, test, texts } from "./harness.js";

async function begun(reply = () => answer({ text: '<p data-title="Sure?"></p>' })) {
  const asked = network((path, init) => reply(path, init));
  await import("/static/documents/files.js");
  return { asked, gone: journeys(), files: one("m-files"), boxes: all("input[name=node]") };
}

const row = (number) => one(`tr[data-id="${number}"]`);
const sent = ({ path, method, body }) => [path, method, body?.getAll("node"), body?.get("to") ?? null];
const toggle = (box, more = {}) => box.dispatchEvent(new MouseEvent("click", { bubbles: true, ...more }));

test("how many are chosen is counted, in rows and in the box of all", async () => {
  const { boxes, files } = await begun();
  const every = one("[data-all]");
  const state = () => [one("output").value, one("#chosen").dataset.some, every.checked, every.indeterminate];
  equal(state(), ["0 are chosen", "false", false, false]);
  boxes[0].click();
  equal(state(), ["1 chosen", "true", false, true]);
  equal(all("tr[data-id]").map((line) => line.getAttribute("aria-selected")), ["true", "false", "false", "false"]);
  every.click();
  equal(state(), ["4 are chosen", "true", true, false]);
  boxes[3].click();
  equal(state(), ["3 are chosen", "true", false, true]);
  equal(files.chosen.map(({ value }) => value), ["1", "2", "3"]);
});

test("with Shift all rows between two are as the last", async () => {
  const { boxes, files } = await begun();
  toggle(boxes[2]);
  toggle(boxes[0], { shiftKey: true });
  equal(files.chosen.map(({ value }) => value), ["1", "2", "3"]);
  toggle(boxes[1], { shiftKey: true });
  equal(files.chosen.map(({ value }) => value), ["3"]);
  toggle(boxes[2]); // the last one now, and not chosen
  toggle(boxes[0], { shiftKey: true });
  equal(files.chosen.map(({ value }) => value), ["1", "2", "3"]);
});

test("what may be changed can be dragged", async () => {
  await begun();
  equal(all("tr[data-id]").map(({ draggable }) => draggable), [true, true, true, false]);
});

test("what needs this script is shown by it, but a box of all with nothing to choose", async () => {
  for (const line of all("tr[data-id]")) line.remove();
  one("#listing").insertAdjacentHTML("beforeend", "<p hidden>Drop files here</p>");
  await begun();
  ok(!one("#listing p").hidden, "it is hidden");
  ok(one("[data-all]").hidden, "there is a box of all");
});

/* The menu of a row */

const shown = () => all("#row-menu [role=menuitem]").filter(({ hidden }) => !hidden);

test("the menu offers what may be done with its row", async () => {
  await begun();
  const offers = [1, 2, 3, 4].map((number) => {
    one("[data-menu]", row(number)).click();
    return shown().map(({ dataset }) => dataset.for).join(" ");
  });
  equal(offers, [
    "change change manage all change",
    "change change all change",
    "document change change manage all change",
    "document all",
  ]);
});

test("its links lead to the row and back here", async () => {
  await begun();
  one("[data-menu]", row(3)).click();
  const here = encodeURIComponent(location.pathname);
  equal(shown().filter(({ href }) => href).map((item) => item.getAttribute("href")), [
    "/d/3/download", `/d/3/rename/?next=${here}`, `/d/move/?node=3&next=${here}`, "/d/3/access/",
  ]);
  equal(one("[data-do=copy]").dataset.copy, "/d/3/");
  one("[data-menu]", row(4)).click();
  equal(one("[data-do=copy]").dataset.copy, "/d/4/");
});

test("keys go round the lines of the menu that are offered", async () => {
  await begun();
  one("[data-menu]", row(4)).click();
  const went = ["ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"].map((key) => {
    ok(press(document.activeElement, key), `${key} was left to the browser`);
    return document.activeElement.textContent.trim();
  });
  const [download, copy] = texts(shown());
  equal(went, [copy, download, copy, download, copy]);
});

test("the trash of a menu takes its row alone, whatever is chosen", async () => {
  const { asked, boxes } = await begun();
  boxes[0].click();
  one("[data-menu]", row(2)).click();
  one("#row-menu [data-do=trash]").click();
  await settled();
  equal(asked.map(sent), [["/d/trash/", "POST", ["2"], null]]);
  equal([asked[0].body.get("csrfmiddlewaretoken"), asked[0].body.get("next")], ["token", location.pathname]);
  ok(!one("#row-menu").matches(":popover-open"), "the menu is still open");
});

/* What is done with what is chosen */

test("the buttons below the list act on what is chosen, and on nothing", async () => {
  const { asked, boxes } = await begun();
  one("#chosen [data-do=trash]").click();
  await settled();
  equal(asked, []);
  for (const number of [0, 2]) boxes[number].click();
  one("#chosen [data-do=move]").click();
  one("#chosen [data-do=trash]").click();
  await settled();
  equal(asked.map(sent), [["/d/move/", "POST", ["1", "3"], null], ["/d/trash/", "POST", ["1", "3"], null]]);
});

test("Delete takes what is chosen, else the row", async () => {
  const { asked, boxes } = await begun();
  ok(!press(row(4), "Delete"), "a row that may be read alone was taken");
  ok(press(boxes[1], "Delete"), "the key was left to the browser");
  boxes[0].click();
  press(boxes[1], "Delete");
  await settled();
  equal(asked.map((each) => sent(each)[2]), [["2"], ["1"]]);
});

test("F2 renames the row, of those that may be changed", async () => {
  const { asked, boxes } = await begun();
  ok(!press(boxes[3], "F2"), "the key was taken");
  ok(press(boxes[1], "F2"), "the key was left to the browser");
  await settled();
  equal(asked.map(({ path }) => path), [`/d/2/rename/?next=${encodeURIComponent(location.pathname)}`]);
});

test("Escape gives the choice up, and keys of a text are its own", async () => {
  const { asked, boxes, files } = await begun();
  const field = row(1).firstElementChild.appendChild(document.createElement("input"));
  boxes[0].click();
  ok(!press(field, "Delete"), "it was taken from a text");
  press(boxes[0], "Escape");
  await settled();
  equal([files.chosen.length, one("output").value, asked], [0, "0 are chosen", []]);
});

/* Dragging */

function drag(name, target, data, more = {}) {
  const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data, ...more });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

test("a row that is chosen takes the others along, another goes alone", async () => {
  const { boxes } = await begun();
  for (const number of [0, 2]) boxes[number].click();
  const taken = (number) => {
    const data = new DataTransfer();
    drag("dragstart", row(number), data);
    return data.getData("application/x-marigot-nodes");
  };
  equal([taken(3), taken(2), taken(4)], ["1,3", "2", ""]);
});

test("a drop moves into a folder that may be changed, never into itself", async () => {
  const { asked } = await begun();
  const data = new DataTransfer();
  data.setData("application/x-marigot-nodes", "2,3");
  equal([drag("dragover", row(3), data), drag("dragover", row(1), data)], [false, true]);
  equal("drop" in row(1).dataset, true);
  drag("drop", row(1), data);
  equal("drop" in row(1).dataset, false);
  drag("drop", row(2), data);
  data.setData("application/x-marigot-nodes", "2");
  drag("drop", row(2), data);
  await settled();
  equal(asked.map(sent), [["/d/move/", "POST", ["2", "3"], "1"], ["/d/move/", "POST", ["3"], "2"]]);
});

test("files from outside are not its business", async () => {
  await begun();
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.txt"));
  equal([drag("dragover", row(1), data), drag("drop", row(1), data)], [false, false]);
});

/* The list anew */

test("the list is put there anew, and counted", async () => {
  const text = '<div id="listing"><table><tr data-id="9" data-change><td><input type="checkbox" class="pick" name="node" value="9"></td></tr></table></div>';
  const { boxes, files, gone } = await begun(() => answer({ text }));
  boxes[0].click();
  await files.refresh();
  equal([all("tr[data-id]").map(({ dataset }) => dataset.id), row(9).draggable], [["9"], true]);
  equal([one("output").value, gone], ["0 are chosen", []]);
});

test("where the list is not there the page is loaded anew, but not without a session", async () => {
  let reply = { status: 401 };
  const { files, gone } = await begun(() => answer(reply));
  await files.refresh();
  equal(gone, []);
  for (reply of [{ status: 404 }, { redirected: true }, { text: "<p>Other page</p>" }]) await files.refresh();
  equal(gone, ["reload", "reload", "reload"]);
});
