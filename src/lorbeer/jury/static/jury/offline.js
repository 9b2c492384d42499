// The desk of a meeting without the network: keeps what is entered in this browser and gives it away as one file.
// It runs from a file on disk, so there is nothing here to fetch and nobody to ask. Each item is named by what it is about, for its number can
// change before the meeting is opened; so a package that was taken anew finds again what was noted in an older one.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const key = "lorbeer-offline-" + data.meeting;
  const euro = new Intl.NumberFormat(data.language, { style: "currency", currency: "EUR", minimumFractionDigits: 0 });
  const exact = new Intl.NumberFormat(data.language, { style: "currency", currency: "EUR" });
  const forms = [...document.querySelectorAll("form[data-item]")];
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(key)) || {}; } catch { kept = {}; }

  const number = (text) => (text.trim() === "" ? null : Number(text));
  const NOTED = ["noted_at", "here", "out"];                            // when it was decided, who was there, who of them left: beside the fields
  const fields = (form) => Object.fromEntries(
    [...new FormData(form)].filter(([name]) => !NOTED.includes(name)).map(([name, value]) => [name, String(value)]));
  const ticked = (where, name) => [...where.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);
  const present = () => ticked(document, "present");

  // An amount as people write it, in cents; null where it is none. The desk reads the same (euro_number in shared/fields.py).
  function cents(text) {
    const bare = text.replace(/[\s\u00a0\u202f€]/g, "");
    const [, whole, mark, places] = /^(.*?)(?:([.,])([0-9]{0,2}))?$/.exec(bare);
    const marks = new Set(whole.match(/[.,]/g) || []);
    if (marks.size && (!/^[1-9][0-9]{0,2}([.,][0-9]{3})+$/.test(whole) || marks.size > 1 || marks.has(mark))) return null;
    const number = whole.replace(/[.,]/g, "");
    if (!/^[0-9]{0,10}$/.test(number) || !(number || places)) return null;
    return Number(number || 0) * 100 + Number((places || "").padEnd(2, "0")) || null;
  }

  function amount(form) {
    const chosen = form.querySelector("[name=prize] option:checked");
    if (form.querySelector("[name=result]").value !== "awarded" || !chosen || !chosen.value) return 0;
    const typed = form.querySelector("[name=amount]");
    return chosen.dataset.upTo && typed.value.trim() ? cents(typed.value) || 0 : Number(chosen.dataset.cents);
  }

  // What each field must be for a record that can be entered.
  const whole = (field) => field.validity.valid;
  const fits = {
    prize: (field, facts) => facts.result !== "awarded" || field.value !== "",
    amount: (field) => !field.value.trim() || cents(field.value) !== null,
    yes: whole, no: whole, abstained: whole,
    noted_at: (field, facts) => !facts.result || !Number.isNaN(Date.parse(field.value)),
  };

  // Says beside each field what is wrong with it; the first that is.
  function wrongIn(form) {
    const facts = fields(form);
    return Object.entries(fits).map(([name, fit]) => {
      const field = form.elements.namedItem(name), fault = field.closest(".field").querySelector(".fault");
      fault.hidden = fit(field, facts);
      field.setAttribute("aria-invalid", String(!fault.hidden));
      return fault.hidden ? null : field;
    }).find(Boolean);
  }

  // A moment as a field of the browser shows it: in the time of this computer.
  function local(moment) {
    const two = (count) => String(count).padStart(2, "0");
    return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
  }

  // Shows when an item was decided and in whose presence, and takes what is corrected there.
  function showNoted(form, noted) {
    form.querySelector(".noted").hidden = !noted;
    if (!noted) return;
    const shown = local(new Date(noted.at)), field = form.elements.namedItem("noted_at");
    if (field.value !== shown) field.value = shown;
    for (const box of form.querySelectorAll("input[name=here]")) box.checked = noted.present.includes(box.value);
    for (const box of form.querySelectorAll("input[name=out]")) box.checked = noted.out.includes(box.value);
  }

  function corrected(form, noted) {
    const typed = form.elements.namedItem("noted_at").value;
    if (!Number.isNaN(Date.parse(typed)) && typed !== local(new Date(noted.at))) noted.at = new Date(typed).toISOString();
    noted.present = ticked(form, "here");
    noted.out = ticked(form, "out");
  }

  function money() {
    const spent = data.spent + forms.reduce((sum, form) => sum + amount(form), 0);
    const left = document.getElementById("left");
    if (!left) return;
    left.textContent = (spent % 100 || data.cap % 100 ? exact : euro).format((data.cap - spent) / 100);
    left.classList.toggle("too-much", spent > data.cap);
  }

  function keep(event) {
    const state = { present: present(), items: { ...kept.items }, at: kept.at || {} };    // with what another package of this meeting held
    for (const form of forms) {
      const facts = fields(form), item = form.dataset.item;
      state.items[item] = facts;
      if (facts.result && !state.at[item]) {
        state.at[item] = { at: new Date().toISOString(), present: present(), out: ticked(form, "out") };
        showNoted(form, state.at[item]);
      } else if (facts.result && event && NOTED.includes(event.target.name) && form.contains(event.target)) {
        corrected(form, state.at[item]);
      } else if (!facts.result) {
        delete state.at[item];
        showNoted(form, null);
      }
      wrongIn(form);
    }
    kept = state;
    try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* a browser that keeps nothing: the file does */ }
    money();
  }

  function record() {
    const decided = forms.filter((form) => fields(form).result);
    decided.sort((one, other) => kept.at[one.dataset.item].at.localeCompare(kept.at[other.dataset.item].at));
    return {
      lorbeer: "offline meeting", version: 2, meeting: data.meeting,
      decisions: decided.map((form) => {
        const facts = fields(form), noted = kept.at[form.dataset.item];
        return {
          item: Number(form.dataset.number), entry: form.dataset.entry, project: Number(form.dataset.project) || null,
          group: form.dataset.group, at: noted.at, present: noted.present, out: noted.out, result: facts.result, mode: facts.mode,
          prize: facts.prize || "", amount: facts.amount || "", yes: number(facts.yes), no: number(facts.no),
          abstained: number(facts.abstained), dissent: facts.dissent || "",
        };
      }),
    };
  }

  for (const box of document.querySelectorAll("input[name=present]")) box.checked = (kept.present || data.present).includes(box.value);
  for (const form of forms) {
    for (const [name, value] of Object.entries((kept.items || {})[form.dataset.item] || {})) {
      const field = form.elements.namedItem(name);
      if (field) field.value = value;
    }
    showNoted(form, (kept.at || {})[form.dataset.item]);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.addEventListener("input", keep);
  document.getElementById("save").addEventListener("click", () => {
    keep();
    const wrong = forms.map(wrongIn).find(Boolean);
    if (wrong) {
      wrong.focus();
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(record(), null, 1)], { type: "application/json" }));
    link.download = data.file;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  document.getElementById("scripted").hidden = false;
  keep();
})();
