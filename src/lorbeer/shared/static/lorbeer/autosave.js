// Keeps what somebody types while they type it: answers of an entry form, the sheet of a screener. Without this script the buttons do
// the same. The form says where to (data-keep), after what pause (data-keep-pause, in ms), its sentences, and which page it is and how often
// that has sent (data-keep-turn): so of two requests the server knows the later one, whichever arrives first. What comes back is JSON:
// `said`, the sentence that holds now, and `choose`, where it leads; `saved`: false where nothing was kept; or, of answers one by one,
// `faults`, `collisions` and `kept`. Where it was not taken (shared/error_pages.py): `error`, the reason; `sign_in`, where one signs in
// again; `seal`, the one that this page needs now. What is sent is held in this tab until an answer came (held.js has the rest).
"use strict";

(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const status = document.querySelector("[data-keep-status]");
  const say = async (...parts) => {
    await finger;
    const words = parts.map((part) => part.textContent ?? part).join("");
    if (status && status.textContent !== words) status.replaceChildren(...parts);      // who listens hears a sentence once
  };
  const pause = Number(form.dataset.keepPause ?? 4000);
  let timer = 0;
  let running = false;
  let again = false;
  let unsent = false;                                                   // something was typed that no request carries yet
  let failed = 0;                                                       // how often in a row what was typed could not be saved
  let away = false;                                                     // nothing of ours came back the last time
  let given = false;                                                    // the form itself is on its way, with all that was typed
  let leaving = false;                                                  // another page has been asked for, and this one may go any moment

  // Nothing on the page moves under a finger: a button that slips away is not pressed. For a second, as not every touch is heard to end.
  let finger = null;
  addEventListener("pointerdown", () => {
    finger = new Promise((lift) => {
      setTimeout(lift, 1000);
      for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(lift, 50), { once: true });
    });
  }, true);

  // The page says how often it has sent, so that what goes once more, or arrives out of order, does not collide with itself.
  const turn = form.querySelector("[data-keep-turn]");
  const nextTurn = () => { turn.value = turn.value.replace(/\d+$/, (number) => Number(number) + 1); };

  // What was typed and no answer has come for: its question's marker, or the field. Of a page that asks one by one no more is held.
  const unheard = new Set();
  const key = form.dataset.keepHeld = `held ${form.dataset.keep} ${Math.random().toString(36).slice(2)}`;
  let latest = "";                                                      // what was held last: an answer to less than that releases nothing
  const hold = (data) => {
    if (!unheard.size) return;
    const questions = [...unheard].map((one) => one.closest("[data-question]")).filter(Boolean);
    const names = new Set(questions.flatMap((one) => [...one.querySelectorAll("[name]")].map((field) => field.name)));
    const markers = new Set([...unheard].map((one) => one.value));
    const isWanted = ([name, value]) => (name === "_asked" ? markers.has(value) : name.startsWith("_") || names.has(name) || !names.size);
    const typed = [...data].filter((one) => one[0] !== "csrfmiddlewaretoken" && isWanted(one));
    latest = JSON.stringify(typed.filter((one) => one[0] !== turn.name));
    const held = { at: Date.now(), of: form.dataset.keepOf, to: form.dataset.keep, typed };
    try { sessionStorage.setItem(key, JSON.stringify(held)); } catch { /* a browser that keeps nothing */ }
  };
  const release = () => { if (leaving) return; unheard.clear(); try { sessionStorage.removeItem(key); } catch { /* as above */ } };
  const isHeld = () => { try { return sessionStorage.getItem(key) !== null; } catch { return false; } };

  const content = () => {
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    return data;
  };
  const markerOf = (field) => field?.closest("[data-question]")?.querySelector("input[name=_asked]");
  // Files, and what is said of one that is still to come, go with a button only.
  const isToAttach = () => [...form.querySelectorAll("input[type=file], input[type=text][name*='--new-']")].some((one) => one.value !== "");

  // A browser lets a page that is being left send at most 64 KB in all; more than that it would drop.
  const ROOM = 60000;
  const PATIENCE = 30000;                                               // ms
  const encoder = new TextEncoder();
  const fits = (data) => [...data].reduce((total, [name, value]) => total + name.length + encoder.encode(value).length + 120, 0) < ROOM;

  // What the server answers, or with `error` why it took nothing: its sentence, or none where nothing of ours came back.
  const ask = async (data) => {
    const headers = { Accept: "application/json", "Page-Of": form.dataset.keepOf };       // whoever else is signed in by now gets no seal
    const signal = AbortSignal.timeout(PATIENCE);                       // of a line that hangs nothing is heard; it goes once more then
    const facts = { method: "POST", body: data, credentials: "same-origin", headers, signal };
    const request = (keepalive) => fetch(form.dataset.keep, { ...facts, keepalive });
    try {
      const response = await (fits(data) ? request(true).catch(() => request(false)) : request(false));
      const answer = await response.json();
      const isHeard = answer?.said !== undefined || Array.isArray(answer?.kept);          // anything else comes from a machine in between
      return response.ok && isHeard ? answer : { error: "", ...answer };
    } catch {
      return { error: "" };
    }
  };

  const send = async () => {
    nextTurn();
    const data = content();
    hold(data);
    const sent = latest;
    unsent = false;
    let answer = await ask(data);
    if (answer.seal) {                                                  // somebody has signed in again in another window
      for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = answer.seal;
      data.set("csrfmiddlewaretoken", answer.seal);
      answer = await ask(data);
    }
    away = "error" in answer && !answer.status;
    if ("error" in answer) { lose(answer); return; }
    failed = answer.saved === false ? 1 : 0;
    if (!unsent && !failed && sent === latest) release();
    take(answer);
  };

  // What was not saved stands on this page only. It is sent again by itself after ever longer pauses, and when there is a reason to hope.
  const lose = (answer) => {
    unsent = true;
    clearTimeout(timer);
    timer = setTimeout(keep, Math.min(5000 * 2 ** failed, 120000));
    failed += 1;
    const link = answer.sign_in ? [" ", linkTo(answer.sign_in, form.dataset.keepSignIn)] : [];
    if (link.length) link[1].target = "_blank";
    say(`${answer.error || form.dataset.keepFailed} ${form.dataset.keepStays}`, ...link);
  };
  const sendAgain = () => { if (unsent) keep(); };

  // Sentences (texts or links) beside their fields, as the page shows them when it is opened anew; what is mended loses its own.
  const tell = (id, sentences) => {
    const field = document.getElementById(id) ?? document.getElementById(`${id}_0`);
    const box = field?.closest(".l-field");
    if (!box) return;
    const name = `${id}_error`;
    let fault = document.getElementById(name);
    const described = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    if (!sentences.length) {
      if (!fault) return;
      fault.remove();
      described.delete(name);
      field.removeAttribute("aria-invalid");
    } else {
      if (!fault) {
        fault = document.createElement("div");
        fault.className = "kern-error";
        fault.id = name;
        const sign = document.createElement("span");
        sign.className = "kern-icon kern-icon--danger";
        sign.ariaHidden = "true";
        const body = document.createElement("div");
        body.className = "kern-body";
        fault.append(sign, body);
        box.insertBefore(fault, box.querySelector(":scope > .l-field__note"));
      }
      fault.querySelector(".kern-body").replaceChildren(...sentences.map((sentence) => {
        const line = document.createElement("p");
        line.append(sentence);
        return line;
      }));
      described.add(name);
      field.setAttribute("aria-invalid", "true");
    }
    field.setAttribute("aria-describedby", [...described].join(" "));
    for (const [one, look] of [[box, "kern-form-input"], [box, "kern-fieldset"], [field, "kern-form-input__input"]]) {
      if (one.classList.contains(look)) one.classList.toggle(`${look}--error`, sentences.length > 0);
    }
  };

  const linkTo = (address, text) => {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = text;
    return link;
  };

  const take = async (answer) => {
    if (answer.said !== undefined) {
      if (answer.saved === false) unsent = true;
      if (!unsent || !answer.saved || answer.choose) say(answer.choose ? linkTo(answer.choose, answer.said) : answer.said);
      return;
    }
    const isAll = !unsent;
    const placeOf = (one) => form.querySelector(`[data-question="${CSS.escape(one.question)}"][data-place="${one.place}"]`);
    for (const one of answer.kept) {
      const marker = placeOf(one)?.querySelector("input[name=_asked]");
      if (marker) marker.value = one.marker;
    }
    await finger;
    const told = Object.entries(answer.faults).map(([id, sentences]) => [
      id, id in answer.collisions ? [linkTo(answer.choose, answer.collisions[id]), ...sentences] : sentences]);
    for (const [id, sentences] of told) tell(id, sentences);
    const deadline = document.querySelector("[data-keep-deadline]");
    if (deadline && answer.deadline) deadline.innerHTML = answer.deadline;             // made and escaped by the server
    for (const one of answer.kept) {
      const place = placeOf(one);
      if (!place) continue;
      let note = place.querySelector("[data-keep-note], .l-field > .l-field__note:last-child");
      if (!note) {
        note = document.createElement("p");
        note.className = "l-field__note";
        note.dataset.keepNote = "";
        (place.matches("tr") ? place.querySelector("th") : place).append(note);
      }
      note.textContent = [note.dataset.counted, one.note].filter(Boolean).join(" · ");  // questionnaire.js has counted what stands there now
      const preview = place.querySelector("[data-preview]");
      if (preview && one.preview !== undefined) preview.innerHTML = one.preview;   // made and escaped by the server
    }
    const isFaulty = told.some(([, sentences]) => sentences.length);
    if (isAll && !unsent) {
      const done = isToAttach() ? form.dataset.keepFiles : form.dataset.keepDone;
      say([isFaulty ? form.dataset.keepFaulty : done, answer.over].filter(Boolean).join(" "));
    }
  };
  const tellOfFiles = () => { if (!failed && !unsent && form.dataset.keepFiles) say(isToAttach() ? form.dataset.keepFiles : ""); };

  const keep = async () => {
    clearTimeout(timer);
    if (running) {                                                      // on a line that hangs the page may go unheard
      again = true;
      nextTurn();
      hold(content());
      return;
    }
    running = true;
    await send();
    running = false;
    if (again) { again = false; keep(); }
  };

  // Whoever leaves the page does not wait: what was typed last goes now, even beside a request that is under way.
  const leave = () => {
    clearTimeout(timer);
    if (unsent) send();
  };

  const isTyped = async (field) => {                                    // what was said before is no longer true; a failure still is
    unsent = true;
    given = leaving = false;
    if (field) unheard.add(markerOf(field) ?? field);
    await finger;
    if (!failed && !status?.querySelector("a")) say("");                // and a choice still waits
  };
  const soon = (after, field) => {
    isTyped(field);
    const marker = markerOf(field);                                     // also what is put back to what it was is an answer: to what was sent
    if (marker) marker.value = marker.value.replace(/[0-9a-f]{12}$/, "0".repeat(12));
    clearTimeout(timer);
    timer = setTimeout(keep, after);
  };
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") { tellOfFiles(); return; }
    isTyped(event.target);
    keep();
  });
  form.addEventListener("input", (event) => { if (event.target.type !== "file") soon(pause, event.target); });
  document.addEventListener("visibilitychange", sendAgain);             // to another window, or back from it: signed in again, perhaps
  addEventListener("online", sendAgain);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted && isHeld()) { unsent = true; keep(); } });     // nobody heard what came back
  // Asked is only who would lose something: a file that was chosen, what could not be saved just now, or is more than a page that is being
  // left can send. All else goes before the next page is asked for, with `pagehide` that has come already; and it stays held, as that page
  // may show what was there before.
  addEventListener("beforeunload", (event) => {
    if (given) return;
    const isLost = isToAttach() || ((unsent || running) && (failed || !fits(content())));
    leaving = !isLost && (unsent || running);
    if (unsent && (isLost || !running)) keep();
    if (isLost) event.preventDefault();
  });
  form.addEventListener("toggle", (event) => { if (event.target.querySelector?.("[data-preview]")) soon(0); }, true);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (away && !navigator.onLine) { event.preventDefault(); keep(); return; }       // else the browser's own page took the place of the text
    nextTurn();
    hold(content());
    unsent = false;
    given = true;
  });
})();
