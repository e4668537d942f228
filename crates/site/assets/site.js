// What needs a script: the first visit's language, the theme, search, copying, and trying an
// operation out. The pages are complete without it. Text gets into the page as text, never as
// markup.
"use strict";

(() => {
  const root = document.documentElement;

  /** What the reader chose before; a browser may refuse to remember anything. */
  const memory = {
    get(name) {
      try { return localStorage.getItem("functiongraph-docs-" + name); } catch { return null; }
    },
    set(name, value) {
      try { localStorage.setItem("functiongraph-docs-" + name, value); } catch { /* not kept */ }
    },
  };

  // The first visit follows the browser's language; later ones go where the link says.
  const speaksChinese = () => {
    const first = (navigator.languages || [navigator.language]).find((tag) => /^(zh|en)\b/i.test(tag));
    return /^zh/i.test(first || "");
  };
  if (root.hasAttribute("data-choose")) {
    const language = memory.get("language") || (speaksChinese() ? "zh-CN" : "en");
    location.replace(language + "/index.html" + location.hash);
    return;
  }
  if (!memory.get("language")) {
    const wanted = speaksChinese() ? "zh-CN" : "en";
    memory.set("language", wanted);
    if (wanted !== root.lang) {
      location.replace(root.dataset.other + location.hash);
      return;
    }
  }
  const theme = memory.get("theme");
  if (theme) root.dataset.theme = theme;

  document.addEventListener("DOMContentLoaded", () => {
    themeButton();
    languageLink();
    copyButtons();
    sampleTabs();
    search();
    tryIt();
  });

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function themeButton() {
    const button = document.querySelector(".theme");
    if (!button) return;
    const order = ["auto", "light", "dark"];
    const show = () => {
      const now = root.dataset.theme || "auto";
      button.textContent = { auto: "◐", light: "☀", dark: "☾" }[now];
      const label = button.dataset.themeLabel + ": " + button.dataset[now];
      button.setAttribute("aria-label", label);
      button.title = label;
    };
    button.addEventListener("click", () => {
      const next = order[(order.indexOf(root.dataset.theme || "auto") + 1) % order.length];
      if (next === "auto") delete root.dataset.theme;
      else root.dataset.theme = next;
      memory.set("theme", next === "auto" ? "" : next);
      show();
    });
    button.hidden = false;
    show();
  }

  /** The link to the other language leads to the place that is being read. */
  function languageLink() {
    const link = document.querySelector(".language");
    if (!link) return;
    link.addEventListener("click", () => {
      memory.set("language", link.hreflang);
      let place = location.hash;
      if (!place && window.scrollY > 200) {
        const passed = [...document.querySelectorAll("main [id]")].filter((element) => {
          const { top, height } = element.getBoundingClientRect();
          return height > 0 && top < 120;
        });
        const last = passed[passed.length - 1];
        if (last) place = "#" + last.id;
      }
      link.href = root.dataset.other + place;
    });
  }

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way */ }
    }
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  function copyButtons() {
    const words = document.getElementById("main").dataset;
    for (const figure of document.querySelectorAll("figure.code")) {
      const button = make("button", { type: "button", textContent: words.copy });
      button.addEventListener("click", async () => {
        const code = figure.querySelector("code").cloneNode(true);
        // Of a session in a shell, only what is typed.
        const typed = code.querySelectorAll(".p");
        let text = code.textContent;
        if (typed.length > 0) {
          text = text.split("\n").filter((line) => line.startsWith("$ ")).map((line) => line.slice(2)).join("\n");
        }
        button.textContent = (await copy(text + "\n")) ? words.copied : words.copyFailed;
        setTimeout(() => { button.textContent = words.copy; }, 2000);
      });
      figure.append(button);
    }
  }

  /** The language of samples that was chosen last is shown on every page. */
  function sampleTabs() {
    const chosen = memory.get("sample");
    for (const input of document.querySelectorAll(".tabs input")) {
      if (input.value === chosen) input.checked = true;
      input.addEventListener("change", () => memory.set("sample", input.value));
    }
  }

  function search() {
    const box = document.querySelector(".search");
    if (!box) return;
    const input = box.querySelector("input");
    const list = box.querySelector("ul");
    const status = box.querySelector("p");
    let selected = -1;
    let loading;
    box.hidden = false;

    const load = () => {
      loading ||= new Promise((done) => {
        const script = make("script", { src: box.dataset.index, onload: done, onerror: done });
        document.head.append(script);
      });
      return loading;
    };

    const close = () => {
      list.hidden = true;
      selected = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };

    const select = (index) => {
      const items = [...list.children];
      if (items.length === 0) return;
      selected = (index + items.length) % items.length;
      items.forEach((item, at) => item.setAttribute("aria-selected", String(at === selected)));
      items[selected].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[selected].id);
    };

    const go = (item) => {
      if (!item) return;
      close();
      location.href = item.dataset.target;
    };

    /** How well an entry fits all words; 0 where it does not. */
    const fit = ([, title, context, text], words) => {
      let score = 0;
      for (const word of words) {
        if (title === word) score += 100;
        else if (title.startsWith(word)) score += 40;
        else if (title.includes(word)) score += 20;
        else if (context.includes(word)) score += 5;
        else if (text.includes(word)) score += 3;
        else return 0;
      }
      return score;
    };

    /** As much of a text as a result shows: what is around the first word that is in it. */
    const part = (text, words) => {
      const lower = text.toLowerCase();
      const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
      const begin = places.length ? Math.max(0, Math.min(...places) - 30) : 0;
      const end = Math.min(text.length, begin + 240);
      return (begin > 0 ? "…" : "") + text.slice(begin, end) + (end < text.length ? "…" : "");
    };

    const find = async () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length === 0) { close(); status.textContent = ""; return; }
      await load();
      const index = window.searchIndex || [];
      const found = index
        .map((entry) => [fit(entry.map((part) => part.toLowerCase()), words), entry])
        .filter(([score]) => score > 0)
        .sort((a, b) => b[0] - a[0])
        .slice(0, 20);
      list.replaceChildren(...found.map(([, [target, title, context, text]], at) => {
        const item = make("li", { id: "result-" + at, role: "option" },
          make("strong", { textContent: title }),
          make("span", { textContent: [context, part(text, words)].filter(Boolean).join(" — ") }));
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.target = target;
        item.addEventListener("mousedown", (event) => { event.preventDefault(); go(item); });
        return item;
      }));
      status.textContent = found.length ? found.length + " " + box.dataset.found : box.dataset.none;
      list.hidden = found.length === 0;
      selected = -1;
      input.setAttribute("aria-expanded", String(found.length > 0));
      input.removeAttribute("aria-activedescendant");
    };

    input.addEventListener("focus", load, { once: true });
    input.addEventListener("input", find);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); select(selected + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); select(selected - 1); }
      else if (event.key === "Enter") { event.preventDefault(); go(list.children[Math.max(selected, 0)]); }
      else if (event.key === "Escape") { input.value = ""; close(); }
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.focus();
      }
    });
  }

  /** Sends the operation's request to the service that the page comes from. */
  function tryIt() {
    const section = document.querySelector(".try");
    if (!section || !/^https?:$/.test(location.protocol)) return;
    const form = section.querySelector("form");
    const outcome = section.querySelector(".outcome");
    const answer = section.querySelector(".answer-text");
    section.hidden = false;
    // The pages lie two folders below the service: docs, and the language.
    const service = new URL("../../", location.href);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      let path = section.dataset.path.slice(1);
      const query = new URLSearchParams();
      for (const input of form.querySelectorAll("[data-in]")) {
        if (input.dataset.in === "path") path = path.replace("{" + input.name + "}", encodeURIComponent(input.value));
        else if (input.value !== "") query.set(input.name, input.value);
      }
      const url = new URL(path, service);
      url.search = query;
      const headers = {};
      if (form.token.value) headers["X-Auth-Token"] = form.token.value;
      const request = { method: section.dataset.method, headers, credentials: "omit", cache: "no-store" };
      if (form.body && form.body.value.trim() !== "") {
        headers["Content-Type"] = "application/json";
        request.body = form.body.value;
      }
      outcome.textContent = section.dataset.sending;
      answer.hidden = true;
      try {
        const response = await fetch(url, request);
        const text = await response.text();
        let shown = text;
        try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* as it came */ }
        outcome.textContent = response.status + " " + response.statusText + " · X-Request-Id " + (response.headers.get("x-request-id") || "–");
        answer.textContent = shown;
        answer.hidden = shown === "";
      } catch (error) {
        outcome.textContent = section.dataset.failed + " " + error.message;
      }
    });
  }
})();
