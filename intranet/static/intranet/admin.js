/* The editor is light or dark as the person chose for the site (see <m-theme>). */
const chosen = document.cookie.match(/(?:^|; )marigot_theme=(light|dark)(?:;|$)/);
if (chosen) {
  const { classList } = document.documentElement;
  classList.remove("w-theme-light", "w-theme-dark", "w-theme-system");
  classList.add(`w-theme-${chosen[1]}`);
}
