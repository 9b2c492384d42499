// Buttons and keys for texts with simple formatting. They write the signs of shared/formatted.py, which can be typed as well.
"use strict";

(() => {
  const KEYS = { b: "bold", i: "italic" };
  const SHIFTED = { Digit7: "numbers", Digit8: "list" };
  const ALTERED = { Digit1: "heading", Digit2: "subheading" };
  const SIGNS = { bold: "**", italic: "*" };
  const LINES = { heading: "# ", subheading: "## ", list: "- ", numbers: "1. " };
  const ANY_LINE = /^(#{1,6}|[-*+]|\d{1,9}[.)])[ \t]+/;

  // As if it was typed: the browser's own "undo" takes it back, and the counters hear of it.
  const write = (field, start, end, text) => {
    field.focus();
    field.setSelectionRange(start, end);
    if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const wrap = (field, sign) => {
    let { selectionStart: start, selectionEnd: end } = field;
    const { value } = field;
    while (start < end && /\s/.test(value[start])) start += 1;
    while (end > start && /\s/.test(value[end - 1])) end -= 1;
    const chosen = value.slice(start, end);
    const stars = (text, pattern) => (pattern.exec(text) || [""])[0].length;
    const around = Math.min(stars(value.slice(0, start), /\*+$/), stars(value.slice(end), /^\*+/));
    if (sign === "*" ? around % 2 : around >= 2) {                      // there already: take it away
      write(field, start - sign.length, end + sign.length, chosen);
      field.setSelectionRange(start - sign.length, end - sign.length);
      return;
    }
    write(field, start, end, sign + chosen + sign);
    field.setSelectionRange(start + sign.length, end + sign.length);
  };

  const lines = (field, sign) => {
    const { value } = field;
    const start = value.lastIndexOf("\n", field.selectionStart - 1) + 1;
    const found = value.indexOf("\n", field.selectionEnd);
    const end = found < 0 ? value.length : found;
    const chosen = value.slice(start, end).split("\n");
    const marked = chosen.every((line, place) => line.startsWith(sign === "1. " ? `${place + 1}. ` : sign));
    let number = 0;
    const text = chosen.map((line) => {
      const bare = line.replace(ANY_LINE, "");
      if (marked || (!line.trim() && chosen.length > 1)) return bare;
      number += 1;
      return (sign === "1. " ? `${number}. ` : sign) + bare;
    }).join("\n");
    const gap = !marked && start > 1 && value[start - 2] !== "\n" && !ANY_LINE.test(value.slice(value.lastIndexOf("\n", start - 2) + 1)) ? "\n" : "";
    write(field, start, end, gap + text);
    const from = start + gap.length;
    if (chosen.length > 1) field.setSelectionRange(from, from + text.length);
  };

  const mark = (field, name) => (SIGNS[name] ? wrap(field, SIGNS[name]) : lines(field, LINES[name]));

  for (const field of document.querySelectorAll("textarea[data-formatted]")) {
    if (field.disabled) continue;
    const toolbar = field.closest("[data-question]")?.querySelector("[data-toolbar]");
    if (toolbar) {
      field.before(toolbar);
      toolbar.hidden = false;
      toolbar.addEventListener("click", (event) => {
        const button = event.target.closest("[data-mark]");
        if (button) mark(field, button.dataset.mark);
      });
    }
    field.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      const name = event.altKey ? ALTERED[event.code] : event.shiftKey ? SHIFTED[event.code] : KEYS[event.key.toLowerCase()];
      if (!name) return;
      event.preventDefault();
      mark(field, name);
    });
  }
})();
