// Small comforts on top of pages that work without them.
"use strict";

// A second click on a submit button must not send a form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;         // autosave.js sends it in a moment
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 5000);
});
addEventListener("pageshow", (event) => {                               // a page that the way back shows as it was left
  if (event.persisted) for (const form of document.forms) delete form.dataset.sent;
});

// What the page of an error has kept of somebody's text goes with it: it asks before it is left, unless that is sent again, or held (held.js).
const startKept = () => {
  const form = document.querySelector("form.l-kept:has(.l-field)");
  const isThis = (key) => key.startsWith(`held ${location.pathname}`);    // what another page left behind holds nothing of it
  const isHeld = () => { try { return Object.keys(sessionStorage).some(isThis); } catch { return false; } };
  if (form) addEventListener("beforeunload", (event) => { if (!form.dataset.sent && !isHeld()) event.preventDefault(); });
};

// What is left of a text with a limit. Line breaks count once, as they do on the server.
const countLeft = (area) => {
  const note = document.getElementById(area.dataset.counter);
  const limit = Number(area.getAttribute("maxlength"));
  if (!note || !limit) return;
  const german = document.documentElement.lang.startsWith("de");
  const write = new Intl.NumberFormat(german ? "de-DE" : "en-GB");
  const used = [...area.value].length;
  note.textContent = german ? `${write.format(used)} von ${write.format(limit)} Zeichen` : `${write.format(used)} of ${write.format(limit)} characters`;
  note.classList.toggle("l-field__count--full", used >= limit);
};
const startCounters = (root) => root.querySelectorAll("[data-counter]").forEach((area) => {
  countLeft(area);
  area.addEventListener("input", () => countLeft(area));
});

// A table that is wider than its place is scrolled with the keys, too: where nothing in it takes the focus, its frame does.
const startScrollers = (root) => root.querySelectorAll(".l-table-wrap").forEach((frame) => {
  if (frame.querySelector("a, button, input, select, textarea")) return;
  new ResizeObserver(() => { if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0; else frame.removeAttribute("tabindex"); }).observe(frame);
});

// Menus close when one looks elsewhere, or with Escape.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.l-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.l-menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});

// Single keys can be switched off (WCAG 2.1.4): speech input and some hands press them by accident.
const keysAreOff = () => localStorage.getItem("keys") === "off";
const startKeys = () => {
  const opener = document.querySelector("[data-keys]");
  const toggle = document.querySelector("[data-keys-switch]");
  const dialog = document.getElementById("l-keys");
  if (!opener || !toggle || !dialog) return;
  const name = () => { toggle.firstElementChild.textContent = keysAreOff() ? toggle.dataset.on : toggle.dataset.off; };
  toggle.hidden = opener.hidden = false;
  name();
  opener.addEventListener("click", () => dialog.showModal());
  toggle.addEventListener("click", () => { localStorage.setItem("keys", keysAreOff() ? "on" : "off"); name(); });
};

// Keys: / search, j k next and previous, ? help. Never while somebody is typing, never with a modifier.
const walkRows = (step) => {
  const rows = [...document.querySelectorAll("[data-row] .l-row-link, .l-cards .l-card__link")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
  return true;
};
document.addEventListener("keydown", (event) => {
  if (keysAreOff() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search], input[type=search], form[role=search] input:not([type=hidden])");
    if (!search) return;
    event.preventDefault();
    const folded = search.closest("details");
    if (folded) folded.open = true;
    search.focus();
  } else if (event.key === "?") {
    document.getElementById("l-keys")?.showModal();
  } else if (event.key === "j" || event.key === "k") {
    const link = document.querySelector(`.l-place a[data-key="${event.key}"]`);
    if (link) link.click(); else walkRows(event.key === "j" ? 1 : -1);
  } else {
    document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  }
});

document.addEventListener("DOMContentLoaded", () => {
  startCounters(document);
  startScrollers(document);
  startKeys();
  startKept();
  document.querySelector("[data-focus]")?.focus();
});
document.addEventListener("htmx:after:swap", (event) => { startCounters(event.target); startScrollers(event.target); });
