// Keeps answers while somebody writes. Without this script the buttons do the same.
"use strict";

(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const status = document.querySelector("[data-keep-status]");
  const say = (text) => { if (status) status.textContent = text; };
  let timer = 0;
  let running = false;
  let again = false;

  const content = () => {
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    return data;
  };

  const take = (answer) => {
    for (const one of answer.kept) {
      const place = form.querySelector(`[data-question="${CSS.escape(one.question)}"][data-place="${one.place}"]`);
      if (!place) continue;
      const marker = place.querySelector("input[name=_asked]");
      if (marker) marker.value = one.marker;
      let note = place.querySelector("[data-keep-note]");
      if (!note) {
        note = document.createElement("p");
        note.className = "l-field__note";
        note.dataset.keepNote = "";
        (place.matches("tr") ? place.querySelector("th") : place).append(note);
      }
      note.textContent = one.note;
      const preview = place.querySelector("[data-preview]");
      if (preview && one.preview !== undefined) preview.innerHTML = one.preview;   // made and escaped by the server
    }
    if (answer.conflicts) {
      say("");
      const link = document.createElement("a");
      link.href = answer.conflicts;
      link.textContent = answer.conflict_text;
      status?.replaceChildren(link);
    } else if (answer.unread || answer.over || answer.kept.length) {
      say([answer.unread || form.dataset.keepDone, answer.over].filter(Boolean).join(" "));
    }
  };

  const keep = async () => {
    if (running) { again = true; return; }
    running = true;
    try {
      const response = await fetch(form.dataset.keep, {
        method: "POST", body: content(), credentials: "same-origin", headers: { Accept: "application/json" },
      });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      take(await response.json());
    } catch {
      say(form.dataset.keepFailed);
    } finally {
      running = false;
      if (again) { again = false; keep(); }
    }
  };

  const soon = (pause) => { clearTimeout(timer); timer = setTimeout(keep, pause); };
  form.addEventListener("change", (event) => { if (event.target.type !== "file") soon(300); });
  form.addEventListener("input", (event) => { if (event.target.type !== "file") soon(4000); });
  form.addEventListener("toggle", (event) => { if (event.target.querySelector?.("[data-preview]")) soon(0); }, true);
  form.addEventListener("submit", () => clearTimeout(timer));
})();
