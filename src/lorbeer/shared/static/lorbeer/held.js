// What somebody typed on a page that saves by itself (autosave.js) is held in this tab until the server has said that it has it. Where the
// page went before that (left at once, the session over, no connection), the next page sends it: under the name of the page on which it was
// typed, so that what had arrived all the same is nothing new, and for its writer only. To anybody else the server gives no seal, and
// nothing of it is shown. What comes back is as for autosave.js, with `late`: what to say of it, if anything, made and escaped by the server;
// and `state`, what the text belongs to and how far that is, which pages that show it name as well (data-kept-state).
"use strict";

(() => {
  const SAID = "held-said";
  const wasPosted = "posted" in document.currentScript.dataset;          // it answers to a form: opened anew, it would be another page
  let isTouched = false;                                                // since then it goes from nobody's hands
  const touched = new Set();                                            // names of the fields in which somebody has typed since
  for (const one of ["input", "change", "click", "submit"]) {
    addEventListener(one, (event) => { isTouched = true; touched.add(event.target.name); }, true);
  }
  const ofThisPage = () => document.querySelector("form[data-keep-held]");
  const ask = async (held, seal) => {
    const data = new FormData();
    for (const [name, value] of held.typed) data.append(name, value);
    data.set("csrfmiddlewaretoken", seal);
    const headers = { Accept: "application/json", "Page-Of": held.of, "Sent-Late": "yes" };
    try {
      const response = await fetch(held.to, { method: "POST", body: data, credentials: "same-origin", headers });
      const answer = await response.json();
      const isHeard = response.ok && (answer.said !== undefined || Array.isArray(answer.kept));
      return isHeard ? answer : { error: "", ...answer };
    } catch {
      return { error: "" };
    }
  };
  const show = (html, drop) => {
    const box = document.querySelector(".l-messages");
    if (!box || !html) return;
    const said = document.createElement("div");
    said.innerHTML = html;
    said.querySelector("[data-held-drop]")?.addEventListener("click", () => { drop(); said.remove(); });
    box.append(said);
  };
  // Whether a form that stands here shows what was there before: its writer has not seen their own text in it yet.
  const isOld = (form, kept) => kept.some((one) => {
    const marker = form.querySelector(`[data-question="${CSS.escape(one.question)}"][data-place="${one.place}"] input[name=_asked]`);
    return marker && marker.value.split(":")[2] !== one.marker.split(":")[2];
  });
  // And whether a page that tells how far something is was drawn before the text had come.
  const isBehind = (state) => {
    const shown = document.querySelector("[data-kept-state]")?.dataset.keptState ?? "";
    return Boolean(state) && shown !== state && shown.split(" ")[0] === state.split(" ")[0];
  };
  const sendAll = async () => {
    const own = ofThisPage();
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith("held ") && key !== own?.dataset.keepHeld);
    const waiting = keys.map((key) => ({ key, ...JSON.parse(sessionStorage.getItem(key)) })).sort((one, other) => one.at - other.at);
    for (const held of waiting) {
      const drop = () => sessionStorage.removeItem(held.key);
      let answer = await ask(held, document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "");
      if (answer.seal) answer = await ask(held, answer.seal);
      if ("error" in answer) {
        if (!answer.sign_in || document.querySelector("input[type=password]")) show(answer.late, drop);
        continue;
      }
      drop();
      const isOwn = own?.dataset.keep === held.to && answer.kept && isOld(own, answer.kept);
      if ((isOwn || answer.late || isBehind(answer.state)) && !isTouched && !wasPosted) {       // what stands here was made without it
        sessionStorage.setItem(SAID, answer.late ?? "");
        location.replace(location.href.split("#")[0]);
        return;
      }
      show(answer.late, drop);
    }
  };
  // Into a page that is opened anew, by the way back or loaded once more, the browser puts what somebody had typed into the page of then.
  // All of that was saved, or is held; and the same field may belong to another project by now, or hold what somebody else wrote since.
  const isOpenedAnew = ["back_forward", "reload"].includes(performance.getEntriesByType("navigation")[0]?.type);
  const showWhatHolds = (form) => {
    for (const one of form.elements) {
      if (touched.has(one.name)) continue;
      if (one.options) for (const option of one.options) option.selected = option.defaultSelected;
      else if (one.type === "checkbox" || one.type === "radio") one.checked = one.defaultChecked;
      else if (one.type !== "hidden" && one.type !== "file" && one.defaultValue !== undefined) one.value = one.defaultValue;
    }
  };
  // A form that does not save by itself may show what was saved nowhere. There it stays, unless projects have other numbers by now.
  const haveMoved = (places) => {
    const before = history.state?.places;
    history.replaceState({ ...history.state, places: places.value }, "");
    return before !== undefined && before !== places.value;
  };
  const start = (event) => {
    const places = document.querySelector("input[name=_places]");
    const moved = places && !event.persisted && haveMoved(places) ? places.form : null;
    const own = isOpenedAnew && !event.persisted ? ofThisPage() ?? moved : null;
    if (own) showWhatHolds(own);
    try {
      show(sessionStorage.getItem(SAID));
      sessionStorage.removeItem(SAID);
      sendAll();
    } catch { /* a browser that keeps nothing */ }
  };
  addEventListener("pageshow", start);
})();
