// The desk of a meeting without the network: keeps what is entered in this browser and gives it away as one file.
// It runs from a file on disk, so there is nothing here to fetch and nobody to ask.
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
  const fields = (form) => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const present = () => [...document.querySelectorAll("input[name=present]:checked")].map((box) => box.value);

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

  // Says beside the field what is no amount; whether there is none of that.
  function readableAmount(form) {
    const typed = form.elements.namedItem("amount");
    const fault = form.querySelector(".fault");
    const reads = !typed.value.trim() || cents(typed.value) !== null;
    typed.setAttribute("aria-invalid", String(!reads));
    fault.hidden = reads;
    return reads;
  }

  function money() {
    const spent = data.spent + forms.reduce((sum, form) => sum + amount(form), 0);
    const left = document.getElementById("left");
    if (!left) return;
    left.textContent = (spent % 100 || data.cap % 100 ? exact : euro).format((data.cap - spent) / 100);
    left.classList.toggle("too-much", spent > data.cap);
  }

  function keep() {
    const state = { present: present(), items: {}, at: kept.at || {} };
    for (const form of forms) {
      readableAmount(form);
      const facts = fields(form);
      state.items[form.dataset.item] = facts;
      if (facts.result && !state.at[form.dataset.item]) {
        state.at[form.dataset.item] = { at: new Date().toISOString(), present: present() };
      }
      if (!facts.result) delete state.at[form.dataset.item];
    }
    kept = state;
    try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* a browser that keeps nothing: the file does */ }
    money();
  }

  function record() {
    const decided = forms.filter((form) => fields(form).result);
    decided.sort((one, other) => kept.at[one.dataset.item].at.localeCompare(kept.at[other.dataset.item].at));
    return {
      lorbeer: "offline meeting", version: 1, meeting: data.meeting,
      decisions: decided.map((form) => {
        const facts = fields(form), noted = kept.at[form.dataset.item];
        return {
          item: Number(form.dataset.item), at: noted.at, present: noted.present, result: facts.result, mode: facts.mode,
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
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.addEventListener("input", keep);
  document.getElementById("save").addEventListener("click", () => {
    keep();
    const wrong = forms.find((form) => !readableAmount(form));
    if (wrong) {
      wrong.elements.namedItem("amount").focus();
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
