/* <m-notices>: the bell. Hears of notices over a WebSocket, or asks every 15 seconds where
   there is none; keeps the counts of the page right and shows what is new as toasts.

   `since` is the position up to which everything was shown or counted. It outlives the page
   in the tab's storage, so that nothing falls between two pages or while the line was cut.
   What the page lists itself is no news, nor is what was read since, in whichever tab. */

import { counted } from "../design/counted.js";

const STORE = "marigot-notices-since";
const SILENCE = 60_000; // the server says something every 25 seconds
const POLL = 15_000;
const POLL_HIDDEN = 60_000;
const RETRY_SOCKET = 60_000;
const SIGNED_OUT = 4401;
const REFUSED = 4403;

class Notices extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.fresh = document.querySelector("[data-notices-fresh]"); // on the list alone
    const loaded = this.number(this.dataset.since);
    // The list's first page has all there was: a reload would bring no more.
    this.since = (this.fresh?.dataset.noticesFresh === "1" ? loaded : this.kept() ?? loaded) ?? 0;
    this.failures = 0;
    this.known = new Set(); // notices that a toast, of any tab, has told
    this.news = new Map(); // those that came while the page was open: id → sequence
    this.toasts = new Map(); // the key of a toast → the notices it tells
    this.unread = this.number(this.dataset.now) ?? 0;
    this.title = document.title;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel("marigot-notices") : null;
    this.channel?.addEventListener("message", (event) => this.heard(event.data));
    this.channel?.postMessage({ unread: this.unread });
    document.addEventListener("visibilitychange", () => this.seen());
    document.addEventListener("m:signed-in", () => this.begin());
    window.addEventListener("online", () => this.again(0));
    window.addEventListener("pagehide", () => this.hangUp());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.connect();
    });
    this.connect();
  }

  /* The line */

  connect() {
    this.hangUp();
    if (this.over) return;
    let socket;
    try {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      socket = new WebSocket(`${scheme}://${location.host}${this.dataset.socket}`);
    } catch {
      this.poll();
      return;
    }
    this.socket = socket;
    this.watch();
    socket.addEventListener("open", () => socket.send(JSON.stringify({ since: this.since })));
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.told(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.lost(event.code);
    });
  }

  hangUp() {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    clearTimeout(this.polling);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /* A line that says nothing for a minute is dead, whatever the browser thinks. */
  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      this.socket = null;
      socket?.close();
      this.lost(0);
    }, SILENCE);
  }

  lost(code) {
    this.socket = null;
    clearTimeout(this.silence);
    if (code === SIGNED_OUT) {
      this.stop();
      document.dispatchEvent(new CustomEvent("m:signed-out"));
      return;
    }
    this.failures += 1;
    if (code === REFUSED || this.failures >= 3) {
      this.poll();
      this.again(RETRY_SOCKET);
      return;
    }
    // Spread out, so that a restarted server is not asked by everybody in the same instant.
    this.again((500 + Math.random() * 1500) * 2 ** this.failures);
  }

  again(delay) {
    if (this.over || (this.socket && delay === 0)) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), delay);
  }

  stop() {
    this.over = true;
    this.hangUp();
  }

  /* Signed in again over the page. */
  begin() {
    if (!this.over) return;
    this.over = false;
    this.failures = 0;
    this.connect();
  }

  told(message) {
    this.watch();
    if (message.t === "caught") {
      this.failures = 0;
      if (!this.waiting) this.reach(message.s);
    } else if (message.t === "n") {
      this.fetchSoon();
    }
    if (message.u !== undefined) this.count(message.u);
  }

  async poll() {
    clearTimeout(this.polling);
    this.polling = setTimeout(() => this.poll(), document.hidden ? POLL_HIDDEN : POLL);
    await this.fetchNow();
  }

  /* The news */

  fetchSoon() {
    this.waiting = true;
    if (document.hidden) {
      if (!document.title.startsWith("• ")) document.title = `• ${this.title}`;
      return;
    }
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.fetchNow(), 40 + Math.random() * 260);
  }

  async fetchNow() {
    const answer = await this.ask(this.since);
    if (answer?.status === 401) {
      this.stop();
      return;
    }
    if (!answer?.ok) {
      this.fetchLater(); // the position stays: what was missed comes with the next answer
      return;
    }
    const news = await answer.json();
    this.waiting = false;
    this.reach(news.sequence);
    this.count(news.unread);
    this.show(news.notices.filter(({ id }) => !document.getElementById(`notice-${id}`)));
  }

  /* The answer on what is unread after `position`; null where none came. */
  async ask(position) {
    try {
      return await fetch(`${this.dataset.poll}?n=${position}`, {
        headers: { Accept: "application/json", "Marigot-Sign-In": "later" },
        credentials: "same-origin",
        redirect: "error",
      });
    } catch {
      return null;
    }
  }

  /* The socket has told of a notice and will not do so again. */
  fetchLater() {
    if (!this.waiting || this.over) return;
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.fetchNow(), 3000 + Math.random() * 4000);
  }

  show(notices) {
    for (const { id, sequence } of notices) this.news.set(id, sequence);
    this.sayFresh();
    const untold = notices.filter(({ id }) => !this.known.has(id));
    if (!untold.length) return;
    for (const { id } of untold) this.known.add(id);
    this.channel?.postMessage({ known: untold.map(({ id }) => id) });
    if (untold.length > 3) {
      const text = this.phrase("missed", untold.length);
      this.toast(untold, { text, href: this.querySelector("a").href, link: this.dataset.see });
    } else {
      for (const notice of untold) {
        const { title: text, language: lang, url: href } = notice;
        this.toast([notice], { text, lang, href, link: this.dataset.open });
      }
    }
  }

  toast(notices, detail) {
    const key = `notice-${notices[0].id}`;
    this.toasts.set(key, notices.map(({ id }) => id));
    document.dispatchEvent(new CustomEvent("m:toast", { detail: { kind: "info", key, ...detail } }));
  }

  sayFresh() {
    if (!this.fresh) return;
    this.fresh.querySelector("span").textContent = this.phrase("missed", this.news.size);
    this.fresh.hidden = this.news.size === 0;
  }

  /* Fewer are unread than before: of what is still shown as new, some may have been read. */
  async fewer(unread) {
    const gone = new Set(this.news.keys());
    if (!gone.size) return;
    if (unread) {
      const answer = await this.ask(Math.min(...this.news.values()) - 1);
      if (!answer?.ok) return;
      const { notices, whole } = await answer.json();
      if (!whole) return; // there are so many that one does not matter
      for (const { id } of notices) gone.delete(id);
    }
    for (const id of gone) this.news.delete(id);
    this.sayFresh();
    for (const [key, ids] of this.toasts) {
      const left = ids.filter((id) => !gone.has(id));
      if (left.length === ids.length) continue;
      this.toasts.set(key, left);
      const text = left.length ? this.phrase("missed", left.length) : "";
      document.dispatchEvent(new CustomEvent("m:toast-now", { detail: { key, text } }));
    }
  }

  seen() {
    if (document.hidden) return;
    document.title = document.title.replace(/^• /, "");
    if (this.waiting) this.fetchNow();
    else if (!this.socket) this.again(0);
  }

  /* What another tab of the same person says */
  heard(message) {
    if (Number.isInteger(message?.unread)) this.count(message.unread);
    for (const id of message?.known ?? []) this.known.add(id);
  }

  count(unread) {
    for (const badge of document.querySelectorAll("[data-unread]")) {
      badge.textContent = unread > 99 ? "99+" : String(unread);
      badge.hidden = unread === 0;
    }
    const label = unread ? this.phrase("", unread) : this.dataset.none;
    this.querySelector("a").setAttribute("aria-label", label);
    const fewer = unread < this.unread;
    this.unread = unread;
    if (fewer) this.fewer(unread);
  }

  phrase(kind, number) {
    const [one, other] = kind ? [`${kind}One`, `${kind}Other`] : ["one", "other"];
    return counted(number, this.dataset[one], this.dataset[other]);
  }

  reach(position) {
    this.since = position;
    try {
      sessionStorage.setItem(STORE, String(position));
    } catch {
      // storage is switched off: the next page begins at its own position
    }
  }

  kept() {
    try {
      return this.number(sessionStorage.getItem(STORE));
    } catch {
      return null;
    }
  }

  number(text) {
    return /^\d+$/.test(text ?? "") ? Number(text) : null;
  }
}

customElements.define("m-notices", Notices);
