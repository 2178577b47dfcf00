/* <m-upload>: files and whole folders, chosen or dropped, each sent by itself with its progress.
   Where the server says "too many at once" or "busy", all wait as long as it asks, and go on.
   Where the session has ended, the sign-in is asked for once; put off, the files go on after it.
   Without this script the button "Upload" leads to a plain form. */

const AT_ONCE = 3;
const ASK_FIRST = 4 * 1024 * 1024; // larger files are asked about before they are sent
const LATER = [429, 503]; // nothing is wrong with the file
const REFUSED = [413, 422]; // the same file would be refused again
const TRIES = 12; // of one file that is told "later"; with the waits below some six minutes
const WAIT = 5; // seconds, where the server names none; at most MOST_WAIT
const MOST_WAIT = 60;

class Upload extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.jobs = [];
    this.running = 0;
    this.paused = false;
    this.choice = null;
    this.signInPutOff = false;
    this.asking = Promise.resolve();
    this.percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
    this.panel = this.querySelector(".uploads");
    this.veil = this.querySelector(".drop-veil");
    this.dialog = this.querySelector("dialog");
    for (const opener of document.querySelectorAll("[data-upload]")) {
      opener.hidden = false;
      opener.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        this.querySelector(`[data-input=${opener.dataset.upload}]`).click();
      });
    }
    for (const input of this.querySelectorAll("[data-input]")) {
      input.addEventListener("change", () => {
        this.add([...input.files].map((file) => ({ file, path: folderOf(file.webkitRelativePath) })));
        input.value = "";
      });
    }
    this.panel.addEventListener("click", (event) => this.clicked(event));
    this.watchDrops();
    document.addEventListener("m:signed-in", () => this.goOn());
    addEventListener("beforeunload", (event) => {
      if (this.busy) event.preventDefault();
    });
  }

  get busy() {
    return this.jobs.some((job) => ["waiting", "sending"].includes(job.state));
  }

  words(name) {
    return this.dataset[`words${name[0].toUpperCase()}${name.slice(1)}`];
  }

  /* Dropping */

  watchDrops() {
    let depth = 0;
    const files = (event) => event.dataTransfer?.types.includes("Files");
    const show = (over) => (this.veil.hidden = !over);
    addEventListener("dragenter", (event) => {
      if (files(event)) show(++depth > 0);
    });
    addEventListener("dragleave", (event) => {
      if (files(event)) show(--depth > 0);
    });
    addEventListener("dragover", (event) => {
      if (files(event)) event.preventDefault();
    });
    addEventListener("drop", async (event) => {
      if (!files(event)) return;
      event.preventDefault();
      show(Boolean((depth = 0)));
      // The entries must be taken before the event is over.
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
      const loose = [...event.dataTransfer.files];
      const found = [];
      for (const [index, entry] of entries.entries()) {
        if (entry) await walk(entry, "", found);
        else if (loose[index]) found.push({ file: loose[index], path: "" });
      }
      this.add(found);
    });
  }

  /* The queue */

  add(found) {
    if (!found.length) return;
    this.signInPutOff = false;
    if (!this.busy) {
      this.choice = null;
      this.jobs = this.jobs.filter((job) => job.state === "failed");
      for (const line of this.panel.querySelectorAll("li")) {
        if (!this.jobs.some((job) => job.line === line)) line.remove();
      }
    }
    const list = this.panel.querySelector("ul");
    const template = this.querySelector("template[data-line]");
    for (const { file, path } of found) {
      const line = template.content.firstElementChild.cloneNode(true);
      const name = path ? `${path}/${file.name}` : file.name;
      line.querySelector("[data-name]").textContent = name;
      line.querySelector("progress").setAttribute("aria-label", name);
      list.append(line);
      const job = { file, path, name, line, conflict: "ask" };
      this.jobs.push(job);
      line.addEventListener("click", (event) => {
        const what = event.target.closest("[data-do]")?.dataset.do;
        if (what === "cancel-one") this.cancel(job);
        if (what === "retry-one") this.retry(job);
      });
      job.refused = file.size > Number(this.dataset.limit);
      if (job.refused) this.set(job, "failed", this.words("large"));
      else this.set(job, "waiting", this.words("waiting"));
    }
    this.panel.hidden = false;
    this.pump();
  }

  set(job, state, text = "") {
    job.state = state;
    job.line.dataset.state = state;
    job.line.querySelector("[data-state]").textContent = text;
    job.line.querySelector("progress").hidden = !["waiting", "sending"].includes(state);
    const again = ["failed", "cancelled"].includes(state) && !job.refused;
    job.line.querySelector("[data-do=retry-one]").hidden = !again;
    job.line.querySelector("[data-do=cancel-one]").hidden = !["waiting", "sending"].includes(state);
    // What went wrong is not to be looked for below forty files that went well.
    if (state === "failed") job.line.parentElement?.prepend(job.line);
    this.summarise();
  }

  pump() {
    while (!this.paused && this.running < AT_ONCE) {
      const job = this.jobs.find((one) => one.state === "waiting");
      if (!job) break;
      this.running += 1;
      this.send(job).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
    if (!this.running && this.jobs.length && !this.busy) this.over();
  }

  async send(job) {
    this.set(job, "sending", "");
    try {
      let answer = null;
      if (job.file.size > ASK_FIRST) answer = await this.ask(job);
      if (!answer || answer.status < 400) answer = await this.put(job);
      if (job.state === "sending") await this.answered(job, answer);
    } catch {
      if (job.state === "sending") this.set(job, "failed", this.words("network"));
    }
  }

  address(job, more = {}) {
    const query = new URLSearchParams({ name: job.file.name, conflict: job.conflict, ...more });
    if (job.path) query.set("path", job.path);
    if (job.file.lastModified) query.set("modified", String(job.file.lastModified));
    return `${this.dataset.url}?${query}`;
  }

  async ask(job) {
    const response = await fetch(this.address(job, { size: String(job.file.size) }), {
      headers: { Accept: "application/json", "Marigot-Sign-In": "later" },
    });
    const body = await response.json().catch(() => ({}));
    return { status: response.status, body, after: response.headers.get("Retry-After") };
  }

  put(job) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      job.request = request;
      request.asksItself = true; // for the sign-in: once for all files
      request.open("PUT", this.address(job));
      request.setRequestHeader(
        "X-CSRFToken",
        document.querySelector("[name=csrfmiddlewaretoken]").value
      );
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      const bar = job.line.querySelector("progress");
      const state = job.line.querySelector("[data-state]");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable || job.state !== "sending") return;
        bar.value = event.loaded / event.total;
        const hundredths = Math.floor((100 * event.loaded) / event.total);
        state.textContent = this.percent.format(hundredths / 100);
      });
      request.addEventListener("load", () =>
        resolve({
          status: request.status,
          body: request.response ?? {},
          after: request.getResponseHeader("Retry-After"),
        })
      );
      request.addEventListener("error", reject);
      request.addEventListener("abort", reject);
      request.send(job.file);
    });
  }

  async answered(job, { status, body, after }) {
    if (status === 401) {
      const session = document.querySelector("m-session");
      const goesOn = !this.signInPutOff && (await session.signedIn());
      if (!goesOn) return this.putOff(job);
      if (job.state !== "sending") return;
      return this.set(job, "waiting", this.words("waiting"));
    }
    if (status === 409 && !body.existing?.folder) {
      const choice = await this.question(job);
      if (job.state !== "sending") return;
      if (choice === "skip") return this.set(job, "skipped", this.words("skipped"));
      job.conflict = choice;
      return this.set(job, "waiting", this.words("waiting"));
    }
    if (LATER.includes(status)) {
      job.tries = (job.tries ?? 0) + 1;
      if (job.tries >= TRIES) return this.set(job, "failed", body.message ?? this.words("busy"));
      this.pause((Number(after) || WAIT) * 2 ** Math.min(job.tries - 1, 3));
      job.line.querySelector("progress").value = 0;
      return this.set(job, "waiting", this.words("later"));
    }
    job.refused = REFUSED.includes(status);
    if (status >= 400) return this.set(job, "failed", body.message ?? this.words("network"));
    this.set(job, "done", body.told || this.words(body.unchanged ? "unchanged" : "done"));
  }

  /* No sign-in now: none of the others is tried, and nobody asked for it again. */
  putOff(job) {
    this.signInPutOff = true;
    for (const each of this.jobs) {
      if (each.state !== "waiting" && !(each === job && job.state === "sending")) continue;
      each.over = true;
      this.set(each, "failed", this.words("over"));
    }
  }

  /* Signed in after all, by the line at the foot or in another tab. */
  goOn() {
    this.signInPutOff = false;
    for (const job of this.jobs) if (job.over && job.state === "failed") this.retry(job);
  }

  /* All wait: the next file would be told the same. */
  pause(seconds) {
    if (this.paused) return;
    this.paused = true;
    setTimeout(() => {
      this.paused = false;
      this.pump();
    }, 1000 * Math.min(seconds, MOST_WAIT));
  }

  /* One question at a time; the answer may serve for all that follow. */
  question(job) {
    const asked = this.asking.then(() => {
      if (this.choice) return this.choice;
      if (job.state !== "sending") return "skip";
      const all = this.dialog.querySelector("[data-all]");
      all.checked = false;
      all.closest("label").hidden = this.jobs.length < 2;
      this.dialog.querySelector("[data-question]").textContent = this.words("taken").replace(
        "%s",
        job.name
      );
      this.dialog.returnValue = "";
      this.dialog.showModal();
      return new Promise((resolve) => {
        const chosen = (event) => {
          const button = event.target.closest("button[value]");
          if (button) this.dialog.close(button.value);
        };
        this.dialog.addEventListener("click", chosen);
        this.dialog.addEventListener(
          "close",
          () => {
            this.dialog.removeEventListener("click", chosen);
            const choice = this.dialog.returnValue || "skip";
            if (all.checked) this.choice = choice;
            resolve(choice);
          },
          { once: true }
        );
      });
    });
    this.asking = asked;
    return asked;
  }

  cancel(job) {
    if (!["waiting", "sending"].includes(job.state)) return;
    this.set(job, "cancelled", this.words("cancelled"));
    job.request?.abort();
    this.pump();
  }

  /** Those that failed, and might not another time. */
  again() {
    return this.jobs.filter((job) => job.state === "failed" && !job.refused);
  }

  retry(job) {
    this.signInPutOff = job.over = false;
    job.conflict = "ask";
    job.tries = 0;
    this.set(job, "waiting", this.words("waiting"));
    this.pump();
  }

  clicked(event) {
    const what = event.target.closest("header [data-do]")?.dataset.do;
    if (what === "cancel") for (const job of this.jobs) this.cancel(job);
    if (what === "retry") {
      for (const job of this.again()) this.retry(job);
    }
    if (what === "close") {
      this.panel.hidden = true;
      this.panel.querySelector("ul").replaceChildren();
      this.jobs = [];
    }
  }

  summarise() {
    const count = (...states) => this.jobs.filter((job) => states.includes(job.state)).length;
    const text = this.words("summary")
      .replace("%s", count("done"))
      .replace("%t", this.jobs.length);
    const place = this.panel.querySelector("[data-summary]");
    if (place.textContent !== text) place.textContent = text;
    const show = (name, shown) => (this.panel.querySelector(`header [data-do=${name}]`).hidden = !shown);
    show("cancel", this.busy);
    show("close", !this.busy);
    show("retry", !this.busy && this.again().length > 0);
  }

  over() {
    this.summarise();
    if (this.jobs.some((job) => job.state === "done" && !job.shown)) {
      for (const job of this.jobs) job.shown = job.state === "done";
      document.querySelector("m-files")?.refresh();
    }
  }
}

function folderOf(path) {
  return path ? path.split("/").slice(0, -1).join("/") : "";
}

/* All files below a dropped entry; a folder gives its entries a hundred at a time. */
async function walk(entry, path, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) found.push({ file, path });
    return;
  }
  const inner = path ? `${path}/${entry.name}` : entry.name;
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return;
    for (const child of batch) await walk(child, inner, found);
  }
}

customElements.define("m-upload", Upload);
