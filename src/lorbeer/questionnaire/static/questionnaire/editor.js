// Offers the options of the question that was chosen in a condition. The page works without it: the words can be typed.
"use strict";

(() => {
  for (const select of document.querySelectorAll("select[name$=_question]")) {
    const value = document.querySelector(`input[name="${CSS.escape(select.name.replace(/_question$/, "_value"))}"]`);
    const offer = () => {
      const list = `options-${select.value}`;
      if (document.getElementById(list)) value.setAttribute("list", list);
      else value.removeAttribute("list");
    };
    if (value) select.addEventListener("change", offer);
  }
})();
