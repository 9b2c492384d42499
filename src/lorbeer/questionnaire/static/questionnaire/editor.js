// Offers the options of the question that was chosen in a condition, and the signs that fit it. The page works without it: the
// words can be typed, and the server says what a sign means for the question, or why it means nothing.
"use strict";

(() => {
  const signs = JSON.parse(document.getElementById("condition-signs")?.textContent || "null");
  const offerSigns = (select, name) => {
    const fitting = signs.fitting[name] || signs.words.map(([sign]) => sign);
    const chosen = { "=": "has", "!=": "lacks", has: "=", lacks: "!=" };
    const before = select.value;
    select.replaceChildren(...signs.words.filter(([sign]) => fitting.includes(sign)).map(([sign, words]) => new Option(words, sign)));
    select.value = fitting.includes(before) ? before : fitting.includes(chosen[before]) ? chosen[before] : fitting[0];
  };
  for (const select of document.querySelectorAll("select[name$=_question]")) {
    const value = document.querySelector(`input[name="${CSS.escape(select.name.replace(/_question$/, "_value"))}"]`);
    const offer = () => {
      const list = `options-${select.value}`;
      if (document.getElementById(list)) value.setAttribute("list", list);
      else value.removeAttribute("list");
      const sign = document.querySelector(`select[name="${CSS.escape(select.name.replace(/_question$/, "_sign"))}"]`);
      if (sign && signs) offerSigns(sign, select.value);
    };
    if (value) select.addEventListener("change", offer);
  }
})();
