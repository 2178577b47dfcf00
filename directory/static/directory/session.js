/* <m-session>: a session that ends while somebody works. The page says so, its person signs in
   over it, and what was being sent is sent again, with the token of the new session.

   Every request by a script passes here: one answered 401 with `Marigot-Sign-In: required` is
   repeated after the sign-in. One that nobody waits for sends `Marigot-Sign-In: later` (so do
   all in the editor, which has `data-later`): the page says it in a line and interrupts nobody.
   An XMLHttpRequest that has `asksItself` is left to who sent it.
   An ordinary form is sent once the session is known to live. */

const HEADER = "Marigot-Sign-In";
const CSRF = "X-CSRFToken";
const FIELD = "csrfmiddlewaretoken";
const fetchPlainly = window.fetch.bind(window);

class Session extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.entered = 0; // how often somebody has signed in over this page
    this.dialog = this.querySelector("dialog");
    this.form = this.querySelector("[data-form]");
    this.other = this.querySelector("[data-other]");
    this.wrong = this.querySelector("[data-wrong]");
    this.line = this.querySelector("[data-over]");
    this.line.querySelector("button").addEventListener("click", () => this.signedIn());
    this.form.addEventListener("submit", (event) => this.enter(event));
    this.querySelector("[data-reload]").addEventListener("click", () => location.reload());
    for (const button of this.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.dialog.close());
    }
    // The editor listens for keys on the whole page: what is typed here is not for it.
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    window.fetch = (input, init) => this.fetch(input, init);
    this.listenToRequests();
    window.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("m:signed-out", () => this.tell());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.tell();
    });
  }

  /* How things stand: "mine", "over", "other", or "unknown" where the server gives no answer. */
  async look() {
    const { entered } = this;
    try {
      const answer = await fetchPlainly(this.dataset.state, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) return "unknown";
      const told = await answer.json();
      // What was asked before a sign-in and answered after it is no news.
      return entered === this.entered ? this.heard(told) : this.look();
    } catch {
      return "unknown";
    }
  }

  heard({ person, token }) {
    this.token = token;
    if (person === null) return "over";
    if (String(person) !== this.dataset.person) return "other";
    for (const field of document.querySelectorAll(`input[name=${FIELD}]`)) field.value = token;
    const inherited = document.body.getAttribute("hx-headers:inherited");
    if (inherited) {
      const headers = { ...JSON.parse(inherited), [CSRF]: token };
      document.body.setAttribute("hx-headers:inherited", JSON.stringify(headers));
    }
    if (!this.line.hidden) {
      this.line.hidden = true;
      document.dispatchEvent(new CustomEvent("m:signed-in"));
    }
    return "mine";
  }

  /* Says that the session is over, if it is, and interrupts nobody. */
  async tell() {
    const state = await this.look();
    if (state !== "over" && state !== "other") return;
    this.line.hidden = false;
    this.uncover();
  }

  /* What has the focus is moved from under the line: the page has room for it (--over). */
  uncover() {
    const focused = document.activeElement;
    if (this.line.hidden || focused === document.body || this.contains(focused)) return;
    const [it, line] = [focused.getBoundingClientRect(), this.line.getBoundingClientRect()];
    if (it.bottom < line.top || it.top > line.bottom) return;
    focused.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /* True once the person of the page is signed in; false where they put it off. */
  signedIn() {
    this.asked ??= this.ask().finally(() => (this.asked = null));
    return this.asked;
  }

  async ask() {
    const state = await this.look();
    if (state === "mine") return true;
    this.line.hidden = false;
    this.show(state);
    this.dialog.returnValue = "";
    this.dialog.showModal();
    if (state !== "other") this.form.elements.password.focus();
    await new Promise((done) => this.dialog.addEventListener("close", done, { once: true }));
    this.form.elements.password.value = "";
    this.uncover();
    return this.dialog.returnValue === "yes";
  }

  show(state) {
    this.form.hidden = state === "other";
    this.other.hidden = state !== "other";
    this.say("");
    const shown = state === "other" ? "session-other" : "session";
    this.dialog.setAttribute("aria-labelledby", `${shown}-title`);
    this.dialog.setAttribute("aria-describedby", `${shown}-text`);
    if (this.dialog.open && state === "other") this.other.querySelector("[data-close]").focus();
  }

  say(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
  }

  async enter(event) {
    event.preventDefault();
    if (this.entering) return;
    this.entering = true;
    const field = this.form.elements.password;
    try {
      const answer = await fetchPlainly(this.form.getAttribute("action"), {
        method: "POST",
        headers: { Accept: "application/json", [CSRF]: this.token ?? "" },
        body: new URLSearchParams(new FormData(this.form)),
      });
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.ok) this.entered += 1;
      // Without words of its own it is the token that is out of date: another tab signed in or out.
      const state = answer.ok ? this.heard(told) : told.error ? "over" : await this.look();
      if (state === "mine") this.dialog.close("yes");
      else if (state === "other") this.show(state);
      else this.say(told.error ?? this.dataset.failed);
    } catch {
      this.say(this.dataset.failed);
    } finally {
      this.entering = false;
    }
    if (!this.dialog.open || this.form.hidden) return;
    field.value = "";
    field.focus();
  }

  /* Requests by scripts */

  async fetch(input, init = {}) {
    const answer = await fetchPlainly(input, this.renewed(init));
    if (answer.headers.get(HEADER) !== "required") return answer;
    const later = "later" in this.dataset || new Headers(init.headers).get(HEADER) === "later";
    if (later || input instanceof Request) {
      document.dispatchEvent(new CustomEvent("m:sign-in-required"));
      this.tell();
      return answer;
    }
    if (!(await this.signedIn())) return answer;
    // Its time may have run out while the person signed in.
    return fetchPlainly(input, { ...this.renewed(init), signal: undefined });
  }

  renewed(init) {
    if (!this.token) return init;
    const { body } = init;
    const fields = body instanceof FormData || body instanceof URLSearchParams;
    if (fields && body.has(FIELD)) body.set(FIELD, this.token);
    const headers = new Headers(init.headers);
    if (headers.has(CSRF)) headers.set(CSRF, this.token);
    return { ...init, headers };
  }

  listenToRequests() {
    const session = this;
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      this.addEventListener("load", () => {
        const required = this.getResponseHeader(HEADER) === "required";
        if (required && !this.asksItself) session.signedIn();
      });
      return send.call(this, body);
    };
    window.jQuery?.ajaxPrefilter((options, asked, request) => this.prepare(options, asked, request));
  }

  /* jQuery (the editor's choosers): who asked hears of the answer after the sign-in alone. */
  prepare(options, asked, request) {
    // Also what is sent for the first time may have its token from before: files in a queue.
    if (typeof options.data === "string" && this.token) {
      options.data = options.data.replace(/(csrfmiddlewaretoken=)[^&]*/, `$1${this.token}`);
    } else this.renewed({ body: options.data });
    if (asked.repeated) return;
    const outcome = jQuery.Deferred();
    request.done((...answer) => outcome.resolveWith(options, answer));
    request.fail(async (...answer) => {
      const required = request.getResponseHeader(HEADER) === "required";
      if (!required || !(await this.signedIn())) return outcome.rejectWith(options, answer);
      const again = { ...asked, url: options.url, repeated: true };
      for (const told of ["success", "error", "complete"]) delete again[told];
      jQuery.ajax(again).then(
        (...told) => outcome.resolveWith(options, told),
        (...told) => outcome.rejectWith(options, told)
      );
    });
    outcome.promise(request);
  }

  /* Ordinary forms; a script that sends one itself has prevented that by now. */

  async submitted(event) {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form.living || this.isDoor(form, submitter)) return;
    event.preventDefault();
    if (form.dataset.looking) return;
    form.dataset.looking = "true";
    const state = await this.look();
    const goes = state === "mine" || state === "unknown" || (await this.signedIn());
    delete form.dataset.looking;
    delete form.dataset.sent;
    if (goes) this.send(form, submitter);
    else (submitter ?? form).dispatchEvent(new CustomEvent("m:put-off", { bubbles: true }));
  }

  isDoor(form, submitter) {
    const method = submitter?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "";
    if (method.toLowerCase() !== "post") return true;
    const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
    return this.dataset.doors.split(" ").includes(new URL(action, location.href).pathname);
  }

  /* The button that was pressed is part of the form, also where it was switched off since. */
  send(form, submitter) {
    const off = submitter?.disabled;
    if (off) submitter.disabled = false;
    form.living = form.confirmed = true;
    form.requestSubmit(submitter);
    form.living = form.confirmed = false;
    if (off) submitter.disabled = true;
  }
}

customElements.define("m-session", Session);
