// A click on a cell puts its reference into the chapter's text, where the cursor stands. Without this file the cell is a link.
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-insert]");
  const text = document.getElementById("id_text");
  if (!link || !text || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const reference = link.dataset.insert;
  text.setRangeText(reference, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("book-inserted").textContent = reference;
});
