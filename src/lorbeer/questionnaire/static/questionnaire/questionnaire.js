// Shows and hides questions at once and counts texts. The page works without it: the server does the same on saving.
// Conditions arrive as the trees of questionnaire/expressions/; what this script does not know stays as it was sent.
"use strict";

(() => {
  const DATE = /^(\d{4})-(\d{2})-(\d{2})(T.*)?$/;
  const NUMBER = /^\s*-?(\d+(\.\d*)?|\.\d+)\s*$/;
  class Unknown extends Error {}
  const first = (value) => (Array.isArray(value) ? (value.length ? value[0] : "") : value);
  const each = (value) => (Array.isArray(value) ? value : [value]);
  const round = (value, places = 0) => {
    const factor = 10 ** places;
    return Math.sign(value) * Math.round(Math.abs(value) * factor + 1e-9) / factor;
  };
  // Decimals as on the server: 0.1 + 0.2 is 0.3. Answers have at most ten places.
  const exact = (value) => (Number.isFinite(value) ? Number(Number(value.toPrecision(14)).toFixed(10)) : value);
  const number = (value) => {
    const one = first(value);
    if (typeof one === "number") return one;
    if (typeof one === "boolean") return one ? 1 : 0;
    if (NUMBER.test(one)) return Number(one);
    const parts = DATE.exec(one.trim());
    if (!parts) return NaN;
    if (parts[4]) return Date.parse(one) / 86400000;
    const day = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
    return new Date(day).getUTCDate() === Number(parts[3]) ? day / 86400000 : NaN;
  };
  const text = (value) => {
    const one = first(value);
    if (typeof one === "number") return Number.isFinite(one) ? String(round(one, 10)) : String(one);
    return typeof one === "boolean" ? (one ? "true" : "false") : one;
  };
  const truth = (value) => {
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === "number") return !Number.isNaN(value) && value !== 0;
    return typeof value === "boolean" ? value : value !== "";
  };
  const words = (value) => text(value).split(/\s+/).filter(Boolean);
  const filled = (values) => values.flatMap(each).filter((one) => one !== "");
  const equal = (left, right) => {
    if (typeof left === "boolean" || typeof right === "boolean") return truth(left) === truth(right);
    if (typeof left === "number" || typeof right === "number") return number(left) === number(right);
    return left === right;
  };
  const compare = (operator, left, right) => each(left).some((a) => each(right).some((b) => {
    if (operator === "=") return equal(a, b);
    if (operator === "!=") return !equal(a, b);
    const x = number(a), y = number(b);
    return { "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y }[operator];
  }));
  const least = (values, pick) => {
    const numbers = filled(values).map(number);
    return numbers.length ? pick(...numbers) : "";
  };
  const functions = {
    "selected": (scope, value, code) => each(value).some((one) => words(one).includes(text(code))),
    "count-selected": (scope, value) => words(value).length,
    "selected-at": (scope, value, at) => words(value)[number(at)] ?? "",
    "string": (scope, value) => text(value),
    "string-length": (scope, value) => [...text(value)].length,
    "contains": (scope, value, part) => text(value).includes(text(part)),
    "starts-with": (scope, value, part) => text(value).startsWith(text(part)),
    "ends-with": (scope, value, part) => text(value).endsWith(text(part)),
    "concat": (scope, ...values) => glued("", values),
    "join": (scope, glue, ...values) => glued(text(glue), values),
    "lower-case": (scope, value) => text(value).toLowerCase(),
    "upper-case": (scope, value) => text(value).toUpperCase(),
    "normalize-space": (scope, value) => words(value).join(" "),
    "not": (scope, value) => !truth(value),
    "true": () => true,
    "false": () => false,
    "boolean": (scope, value) => truth(value),
    "today": (scope) => scope.today,
    "date": (scope, value) => {
      const days = number(value);
      return Number.isFinite(days) ? new Date(Math.floor(days) * 86400000).toISOString().slice(0, 10) : "";
    },
    "number": (scope, value) => number(value),
    "int": (scope, value) => Math.trunc(number(value)),
    "round": (scope, value, places) => round(number(value), places === undefined ? 0 : number(places)),
    "floor": (scope, value) => Math.floor(number(value)),
    "ceiling": (scope, value) => Math.ceil(number(value)),
    "abs": (scope, value) => Math.abs(number(value)),
    "sum": (scope, value) => exact(filled([value]).reduce((total, one) => total + number(one), 0)),
    "count": (scope, value) => each(value).length,
    "count-non-empty": (scope, value) => filled([value]).length,
    "min": (scope, ...values) => least(values, Math.min),
    "max": (scope, ...values) => least(values, Math.max),
  };
  // As on the server, a text is bounded: one that is made of the one before twice over doubles at each step.
  const MOST = 100000;
  const bounded = (value) => (typeof value === "string" && value.length > MOST ? "" : value);
  const glued = (glue, values) => {
    const texts = values.flatMap(each).map(text);
    return texts.reduce((total, one) => total + glue.length + one.length, -glue.length) > MOST ? "" : texts.join(glue);
  };
  const evaluate = (tree, scope) => {
    const [kind, ...rest] = tree;
    scope.effort.left -= 1;
    if (scope.effort.left < 0) throw new Unknown("too much");
    switch (kind) {
      case "ref": return scope.lookup(rest[0]);
      case "column": return scope.choice?.[rest[0]] ?? "";
      case "str": return rest[0];
      case "num": return Number(rest[0]);
      case "place": return scope.place;
      case "and": return truth(evaluate(rest[0], scope)) && truth(evaluate(rest[1], scope));
      case "or": return truth(evaluate(rest[0], scope)) || truth(evaluate(rest[1], scope));
      case "neg": return -number(evaluate(rest[0], scope));
      case "call": {
        const [name, ...values] = rest;
        if (name === "if") return evaluate(truth(evaluate(values[0], scope)) ? values[1] : values[2], scope);
        if (name === "position") return scope.place;
        if (name === "coalesce") {
          for (const value of values) { const found = first(evaluate(value, scope)); if (found !== "") return found; }
          return "";
        }
        if (!functions[name] || values.length === 0 && ["string-length", "number", "normalize-space"].includes(name)) throw new Unknown(name);
        return bounded(functions[name](scope, ...values.map((value) => evaluate(value, scope))));
      }
      case "=": case "!=": case "<": case "<=": case ">": case ">=":
        return compare(kind, evaluate(rest[0], scope), evaluate(rest[1], scope));
      case "union": return [...each(evaluate(rest[0], scope)), ...each(evaluate(rest[1], scope))];
      case "+": case "-": case "*": case "div": case "mod": {
        const a = number(evaluate(rest[0], scope)), b = number(evaluate(rest[1], scope));
        return exact({ "+": a + b, "-": a - b, "*": a * b, "div": a / b, "mod": a % b }[kind]);
      }
      default: throw new Unknown(kind);
    }
  };

  const start = (root) => {
    const source = root.querySelector("#questionnaire-data");
    if (!source) return;
    const data = JSON.parse(source.textContent);
    const german = data.language.startsWith("de");
    const announce = root.querySelector("[data-announce]");
    let starting = true;
    const questions = () => [...root.querySelectorAll("[data-question]")];

    // What stands in the fields of a question, in the form in which the server sent the others.
    const typed = (question) => {
      if (question.hidden || question.closest("[hidden]")) return "";
      const type = question.dataset.type;
      const fields = [...question.querySelectorAll("input:not([type=hidden]), select, textarea")];
      if (type === "file" || type === "photo") return null;
      const chosen = fields.filter((field) => (["checkbox", "radio"].includes(field.type) ? field.checked && !field.disabled : !field.disabled));
      if (type === "acknowledge") return chosen.length ? "OK" : "";
      const values = chosen.map((field) => field.value.trim()).filter(Boolean);
      if (type === "address") return values.join(", ");
      const value = values.join(" ");
      if (type === "municipality") { const key = /\((\d+)\)\s*$/.exec(value); return key ? key[1] : null; }
      if (type === "integer" || type === "decimal") return value && data.language.startsWith("de") ? value.replace(/\./g, "").replace(",", ".") : value.replace(/,/g, "");
      return value;
    };
    const values = structuredClone(data.values);
    const collect = () => questions().forEach((question) => {
      const { question: name, place } = question.dataset;
      if (!values[name]) return;
      const value = typed(question);
      if (value !== null) values[name][place] = value;
    });
    let computed = new Map(), effort = { left: 0 };                     // of one round: each calculation once
    const scopeAt = (place) => ({ lookup: lookup(place), place, today: data.today, effort });
    const compute = (name, at) => {
      const key = `${name} ${at}`;
      if (!computed.has(key)) computed.set(key, text(evaluate(data.calculations[name], scopeAt(at))));
      return computed.get(key);
    };
    const lookup = (place) => (name) => {
      const calculation = data.calculations[name];
      if (calculation) {
        const at = data.repeats[name] === undefined ? 0 : place;
        if (at || data.repeats[name] === undefined) return compute(name, at);
      }
      const found = values[name] || {};
      if (data.repeats[name] === undefined) return found["0"] ?? "";
      if (place && data.repeats[name] !== name) return found[String(place)] ?? "";
      return Object.values(found);
    };
    // Notes that name a number: as the server writes it, "…" where there is none.
    const figure = (name, place) => {
      const value = text(lookup(place)(name));
      if (!value || /^(NaN|-?Infinity)$/.test(value)) return "…";
      const isCalculated = data.calculations[name] !== undefined;
      if (!(isCalculated ? /^-?(0|[1-9]\d{0,15})\.\d*[1-9]$/ : /^-?\d{1,16}(\.\d+)?$/).test(value)) return value;
      const places = value.includes(".") ? Math.min(10, value.split(".")[1].length) : 0;
      return new Intl.NumberFormat(german ? "de-DE" : "en-GB", {
        minimumFractionDigits: isCalculated ? 0 : places, maximumFractionDigits: places,
        useGrouping: !isCalculated && (data.types[name] === "decimal" || Math.abs(value) >= 10000),
      }).format(Number(value));
    };
    const tell = () => {
      for (const { block, place, parts } of data.notes) {
        const line = document.getElementById(block)?.querySelector("p");
        if (!line) continue;
        const said = parts.map((part) => {
          if (part.name === undefined) return part.words;
          if (data.types[part.name] === "calculate" && !data.calculations[part.name]) return part.shown;
          try { return figure(part.name, place); } catch (error) { if (!(error instanceof Unknown)) throw error; return part.shown; }
        }).join("");
        const lines = said.split("\n").flatMap((one, number) => (number ? [document.createElement("br"), one] : [one]));
        if (line.textContent !== said.replaceAll("\n", "")) line.replaceChildren(...lines);
      }
    };
    // Options that do not fit the other answers go; one that was chosen is remembered and comes back with its option.
    const offer = (out) => {
      let changed = false;
      for (const { question: name, tree, options } of data.offers) {
        for (const question of root.querySelectorAll(`[data-question="${CSS.escape(name)}"]`)) {
          const place = Number(question.dataset.place);
          const offered = new Set();
          try {
            for (const choice of options) {
              if (choice.always || truth(evaluate(tree, { ...scopeAt(place), choice }))) offered.add(choice.name);
            }
          } catch (error) { if (!(error instanceof Unknown)) throw error; continue; }
          for (const option of question.querySelectorAll("option, input[type=radio], input[type=checkbox]")) {
            const fits = !option.value || offered.has(option.value), field = option.matches("option") ? "selected" : "checked";
            if (fits !== option.disabled) continue;
            const line = option.matches("option") ? option : option.closest(".kern-form-check, label");
            const label = (option.labels?.[0] ?? option).textContent.trim();
            option.disabled = line.hidden = !fits;
            changed = true;
            if (!fits && option[field]) { option.dataset.was = "chosen"; option[field] = false; out.push(label); }
            const isFree = option.type === "checkbox" || !question.querySelector("input:checked") && !question.querySelector("select")?.value;
            if (fits && option.dataset.was) { delete option.dataset.was; if (isFree) option[field] = true; }
          }
          const list = question.querySelector("select");
          if (list?.selectedOptions[0]?.disabled || list?.selectedIndex === -1) list.value = "";
        }
      }
      return changed;
    };
    const settle = (quiet) => {
      // Some conditions depend on questions that another condition shows: a few rounds settle them.
      const out = [];
      const before = new Map(data.conditions.map(({ block }) => [block, document.getElementById(block)?.hidden]));
      for (let turn = 0; turn < 5; turn += 1) {
        let changed = false;
        computed = new Map();
        effort = { left: 200000 };
        collect();
        for (const { block, tree, place } of data.conditions) {
          const element = document.getElementById(block);
          if (!element) continue;
          try {
            const hidden = !truth(evaluate(tree, scopeAt(place)));
            if (element.hidden !== hidden) { element.hidden = hidden; changed = true; }
          } catch (error) { if (!(error instanceof Unknown)) throw error; }
        }
        changed = offer(out) || changed;
        if (!changed) break;
      }
      tell();
      if (announce && out.length && !starting) announce.textContent = out.map((label) => data.texts.taken_out.replace("%(option)s", () => label)).join(" ");
      if (quiet || !announce) return;
      const moved = data.conditions.map(({ block }) => document.getElementById(block)).filter((element) => element && before.get(element.id) !== element.hidden);
      if (!moved.length || out.length) return;
      const shown = moved.find((element) => !element.hidden);
      announce.textContent = shown ? data.texts.appeared.replace("%(label)s", shown.dataset.label || "") : data.texts.gone;
    };

    const write = (value, places) => new Intl.NumberFormat(german ? "de-DE" : "en-GB", { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
    // What no font of ours has is printed by its number, “[U+6F22]”: near enough all beyond Latin, Greek, Cyrillic and signs.
    const widthOf = (word) => [...word].reduce((total, one) => total + (/[\u0530-\u1dff\u2c00-\u{10ffff}]/u.test(one) ? 8 : 1), 0);
    const linesOf = (value, width) => {
      let lines = 0;
      for (const paragraph of value.split("\n")) {
        let room = width;
        lines += 1;
        for (const word of paragraph.split(/\s+/).filter(Boolean)) {
          let length = widthOf(word);
          if (length > room && room < width) { lines += 1; room = width; }
          while (length > width) { lines += 1; length -= width; }
          room -= length + 1;
        }
      }
      return lines;
    };
    // A formatted text as it is read: near enough while somebody types; the server counts exactly.
    const HEADING = /^ {0,3}#{1,6}(?:[ \t]+|$)/, ENTRY = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+/;
    const bare = (value) => value.split("\n").map((line) => line.replace(HEADING, "").replace(/^([ \t]*)[-*+][ \t]+/, "$1• ")).join("\n")
      .replace(/\[([^[\]\n]{1,300})\]\((https?:\/\/[^\s()]{1,500}|mailto:[^\s()]{1,200})\)/g, "$1 ($2)")
      .replace(/(?<!\\)\*\*(?=\S)([^\n]{1,2000}?)(?<=\S)\*\*/g, "$1").replace(/(?<![\\*])\*(?=[^\s*])([^\n]{1,2000}?)(?<=[^\s*])\*(?!\*)/g, "$1")
      .replace(/(?<![\\\w])(__?)(?=[^\s_])([^\n]{1,2000}?)(?<=[^\s_])\1(?!\w)/g, "$2")
      .replace(/\\([!-/:-@[-`{-~])/g, "$1").replace(/[ \t]+$/gm, "").replace(/\n{3,}/g, "\n\n").trim();
    const paper = data.paper;
    const height = (value) => {                                         // in lines, by the measures of questionnaire/values.py
      let total = 0, last = "";
      for (const line of value.split("\n")) {
        const kind = !line.trim() ? "" : HEADING.test(line) ? "heading" : ENTRY.test(line) ? "entry" : last === "entry" ? "entry" : "text";
        const indent = kind === "entry" ? paper.indent + paper.indent * Math.min(6, Math.floor(/^[ ]*/.exec(line)[0].length / 2)) : 0;
        if (kind && kind !== last) total += paper[kind];
        else if (kind === "heading") total += paper.heading;
        if (kind) total += linesOf(bare(line), paper.characters - indent);
        last = kind;
      }
      return total;
    };
    const words = (value) => value.split(/\s+/).filter((one) => one && one !== "•").length;
    const measures = {
      characters: (value, formatted) => [[...(formatted ? bare(value) : value)].length, 0],
      words: (value, formatted) => [formatted ? words(bare(value)) : value.split(/\s+/).filter(Boolean).length, 0],
      pages: (value, formatted) => [value ? Math.round((formatted ? height(value) : linesOf(value, paper.characters)) / paper.lines * 10) / 10 : 0, 1],
    };
    const count = (field) => {
      const note = field.closest("[data-question]")?.querySelector(".l-field__note");
      if (!note) return;
      let over = false;
      const value = field.value.trim();
      const parts = Object.entries(measures).flatMap(([kind, measure]) => {
        const most = Number(field.dataset[`max${kind[0].toUpperCase()}${kind.slice(1)}`]);
        if (!most) return [];
        const [used, places] = measure(value, field.dataset.formatted !== undefined);
        over = over || used > most;
        const text = kind === "pages" && most === 1 ? data.texts.page : data.texts[kind];
        return [text.replace("%(count)s", write(used, places)).replace("%(most)s", write(most, 0))];
      });
      if (!parts.length) return;
      note.textContent = note.dataset.counted = parts.join(" · ");
      note.classList.toggle("q-count--over", over);
    };

    // A file that the server would refuse is not sent first: that takes long, and the page would have to be sent again.
    const weigh = (field) => {
      const most = Number(field.dataset.maxMegabytes);
      const large = [...field.files].find((one) => one.size > most * 1024 * 1024);
      field.parentElement.querySelector("[data-too-large]")?.remove();
      if (!large) return;
      const note = document.createElement("p");
      note.className = "kern-error";
      note.dataset.tooLarge = "";
      note.setAttribute("role", "alert");
      note.textContent = data.texts.too_large.replace("%(name)s", () => large.name).replace("%(most)s", write(most, 0));
      field.after(note);
      field.value = "";
    };

    root.addEventListener("change", (event) => {
      if (event.target.matches("input[type=file][data-max-megabytes]")) weigh(event.target);
      settle(false);
    });
    root.addEventListener("input", (event) => {
      if (event.target.matches("textarea, input")) count(event.target);
      if (event.target.matches("input[type=text], input[type=number], textarea")) settle(true);
    });
    settle(true);
    starting = false;
  };
  document.querySelectorAll("[data-questionnaire]").forEach(start);
})();
