/* The small elements of the frame: menus, theme, toasts, confirmation. No dependency. */

/* <m-menu>: arrow keys in a popover menu; closes when something in it was chosen. */
class Menu extends HTMLElement {
  connectedCallback() {
    this.panel = this.querySelector("[popover]");
    this.opener = this.querySelector("[popovertarget]");
    if (!this.panel || this.ready) return;
    this.ready = true;
    this.panel.addEventListener("toggle", (event) => {
      if (event.newState === "open") {
        this.place();
        this.items()[0]?.focus();
      }
    });
    this.addEventListener("keydown", (event) => this.move(event));
    this.panel.addEventListener("click", (event) => {
      if (event.target.closest("a, button")) this.panel.hidePopover();
    });
  }

  items() {
    return [...this.panel.querySelectorAll("a[href], button:not(:disabled)")].filter(
      (item) => item.checkVisibility()
    );
  }

  move(event) {
    if (!this.panel.matches(":popover-open")) {
      if (event.key === "ArrowDown" && event.target === this.opener) {
        event.preventDefault();
        this.panel.showPopover({ source: this.opener });
      }
      return;
    }
    const items = this.items();
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  }

  /* For browsers without anchor positioning: put the panel under its button. */
  place() {
    if (CSS.supports("position-area", "block-end")) return;
    const box = this.opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.panel;
    const under = box.bottom + height < innerHeight;
    this.panel.style.left = `${Math.max(8, Math.min(box.right - width, innerWidth - width - 8))}px`;
    this.panel.style.top = `${Math.max(8, under ? box.bottom : box.top - height)}px`;
  }
}

/* <m-theme>: light, dark or the system's, kept in a cookie that the server reads. */
class Theme extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.show(document.documentElement.dataset.theme ?? "");
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.choose(button.value);
    });
  }

  choose(theme) {
    const age = theme ? 31536000 : 0;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `marigot_theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    this.show(theme);
  }

  show(theme) {
    for (const button of this.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  }
}

/* <m-toasts>: shows every `m:toast` event { text, kind, href, link, stay, lang, key }; a toast with a link
   or an error stays until it is closed, and none leaves while it is pointed at or focused.
   `m:toast-now` { key, text } has one that still stands say `text`, or takes it away without one. */
class Toasts extends HTMLElement {
  static icons = { good: "circle-check", warn: "triangle-alert", bad: "circle-alert" };

  connectedCallback() {
    if (this.listening) return;
    this.listening = true;
    document.addEventListener("m:toast", (event) => this.add(event.detail ?? {}));
    document.addEventListener("m:toast-now", (event) => this.change(event.detail));
    document.addEventListener("htmx:response:error", (event) => this.refused(event.detail.ctx));
    document.addEventListener("htmx:error", () => this.add({ text: this.dataset.offline, kind: "bad" }));
  }

  refused(ctx) {
    const status = ctx.response.status;
    if (status === 401 || status === 400 || status === 422) return;
    // What passes by itself (much going on, no room) is told by the server in a line of text.
    const told = ctx.response.headers.get("Content-Type")?.startsWith("text/plain");
    const text = [408, 429, 503, 507].includes(status) && told
      ? ctx.text
      : status === 404 || status === 403
        ? this.dataset.missing
        : status === 413
          ? this.dataset.large
          : this.dataset.error;
    this.add({ text, kind: "bad" });
  }

  add({ text = "", kind = "info", href = "", link = "", stay = false, lang = "", key = "" }) {
    if (!text) return;
    const template = document.getElementById("toast-template");
    const toast = template.content.firstElementChild.cloneNode(true);
    if (Toasts.icons[kind]) {
      toast.classList.add(`toast-${kind}`);
      const use = toast.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${Toasts.icons[kind]}`));
    }
    const place = toast.querySelector("[data-text]");
    const said = document.createElement("span");
    said.textContent = text;
    if (lang) said.lang = lang;
    place.append(said);
    if (href && new URL(href, location).origin === location.origin) {
      const anchor = document.createElement("a");
      anchor.href = href;
      anchor.textContent = link || href;
      place.append(" ", anchor);
    }
    toast.querySelector("button").addEventListener("click", () => toast.remove());
    toast.dataset.key = key;
    this.append(toast);
    while (this.children.length > 4) this.firstElementChild.remove();
    if (!stay && !href && kind !== "bad") this.leaveLater(toast);
  }

  change({ key, text }) {
    const toast = this.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!toast) return;
    if (text) toast.querySelector("[data-text] span").replaceChildren(text);
    else if (this.isHeld(toast)) this.leaveLater(toast);
    else toast.remove();
  }

  leaveLater(toast) {
    let timer;
    const start = () => (timer = setTimeout(() => toast.remove(), 7000));
    const stop = () => clearTimeout(timer);
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
    if (!this.isHeld(toast)) start();
  }

  isHeld(toast) {
    return toast.matches(":hover, :focus-within");
  }
}

/* <m-confirm>: asks before a form with data-confirm (or an element with hx-confirm) acts.
   data-confirm: the question; data-confirm-more: what follows; data-confirm-yes: the button's
   word; data-confirm-kind="danger". */
class Confirm extends HTMLElement {
  connectedCallback() {
    this.dialog = this.closest("dialog");
    document.addEventListener("submit", (event) => this.onSubmit(event), { capture: true });
    document.addEventListener("htmx:confirm", (event) => this.onHtmx(event));
  }

  async ask(question, { more = "", yes = "", kind = "primary" } = {}) {
    const button = this.querySelector("[data-yes]");
    const rest = this.querySelector("[data-more]");
    this.querySelector("h2").textContent = question;
    rest.textContent = more;
    rest.hidden = !more;
    button.textContent = yes || button.dataset.yes;
    button.className = `button button-${kind}`;
    this.dialog.returnValue = "no";
    this.dialog.showModal();
    await new Promise((done) => this.dialog.addEventListener("close", done, { once: true }));
    return this.dialog.returnValue === "yes";
  }

  options(data) {
    return {
      more: data.confirmMore,
      yes: data.confirmYes,
      kind: data.confirmKind === "danger" ? "danger" : "primary",
    };
  }

  async onSubmit(event) {
    const form = event.target;
    const asked = event.submitter?.dataset.confirm ? event.submitter.dataset : form.dataset;
    if (!asked.confirm || form.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await this.ask(asked.confirm, this.options(asked)))) return;
    form.confirmed = true;
    form.requestSubmit(event.submitter);
    form.confirmed = false;
  }

  async onHtmx(event) {
    const { ctx, issueRequest, dropRequest } = event.detail;
    event.preventDefault();
    const yes = await this.ask(ctx.confirm, this.options(ctx.sourceElement.dataset));
    if (yes) issueRequest();
    else dropRequest();
  }
}

/* <m-reveal>: a button that shows what is typed in a password field; hidden again when sent. */
class Reveal extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input[type=password]");
    const button = this.querySelector("button");
    if (!field || !button) return;
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.querySelector("[data-on]").hidden = !shown;
      button.querySelector("[data-off]").hidden = shown;
    };
    button.hidden = false;
    button.addEventListener("click", () => show(field.type === "password"));
    field.form?.addEventListener("submit", () => show(false));
  }
}

/* Buttons with command and commandfor, where the browser does not know them yet. */
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!(dialog instanceof HTMLDialogElement)) return;
    const command = button.getAttribute("command");
    if (command === "show-modal") dialog.showModal();
    else if (command === "close") dialog.close();
  });
}

/* A click beside a dialog closes it, unless something was typed in it. */
document.addEventListener("click", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right &&
    event.clientY >= box.top && event.clientY <= box.bottom;
  const typed = [...dialog.querySelectorAll("input, textarea")].some(
    (field) => field.type !== "hidden" && field.value !== field.defaultValue
  );
  if (!inside && !typed) dialog.close();
});

/* A form that came back begins at what is wrong in it, and a page that tells what was done begins
   there: it is read out, and Tab goes on to what undoes it. A page that was loaded again stays
   where it was scrolled to. */
const wrong = document.querySelector('main [aria-invalid="true"]:not([type="hidden"])');
if (wrong) wrong.focus();
else if (!document.querySelector("[autofocus]")) {
  document.querySelector("[data-told]")?.focus({ preventScroll: true });
}

/* A form is sent once: a second click while the first is under way does nothing.
   It may be sent again after a while, for the forms whose answer is a download.
   What is noted of a form stands in its data: a field may have the name of any property. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  setTimeout(() => delete form.dataset.sent, 8000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

customElements.define("m-menu", Menu);
customElements.define("m-theme", Theme);
customElements.define("m-toasts", Toasts);
customElements.define("m-confirm", Confirm);
customElements.define("m-reveal", Reveal);
