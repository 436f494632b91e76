// The page works without this. It adds: showing the password, rules that tick
// while typing, and a repeat of the same request when the network fails.
"use strict";
(() => {
  const here = location.pathname.replace(/\/$/, "");
  let asked = 0;

  function start() {
    const form = document.querySelector("form");
    document.querySelectorAll(".peek").forEach(peek);
    if (!form) return;
    form.addEventListener("submit", (e) => { e.preventDefault(); send(form); });
    if (form.dataset.checks) {
      let timer;
      form.addEventListener("input", (e) => {
        if (e.target.name.startsWith("_")) return;
        clearTimeout(timer);
        timer = setTimeout(() => check(form), 250);
      });
      form.addEventListener("focusout", (e) => { if (e.target.value && e.target.type !== "button") e.target.dataset.left = "yes"; });
      if ([...form.querySelectorAll(".box input")].some((i) => i.value)) check(form);
    }
    form.addEventListener("input", (e) => { if (e.target.getAttribute("aria-invalid")) wrong(e.target, ""); });
  }

  function peek(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-pressed", String(shown));
      input.focus();
    });
  }

  function body(form) {
    return new URLSearchParams(new FormData(form));
  }

  async function check(form) {
    const mine = ++asked;
    const typed = body(form);
    typed.delete("_pin");
    try {
      const answer = await fetch(here + "/check", { method: "POST", body: typed, referrerPolicy: "no-referrer" });
      if (answer.ok && mine === asked) judge(form, await answer.json());
    } catch { /* judging is a comfort; submitting asks again */ }
  }

  function judge(form, said) {
    list("rules-ours", said.rules.filter((r) => !r.core));
    list("rules-core", said.rules.filter((r) => r.core));
    const strength = document.getElementById("strength");
    const typed = [...form.querySelectorAll("input[autocomplete=new-password]")].some((i) => i.value);
    strength.hidden = !typed;
    strength.dataset.level = said.strength;
    document.getElementById("word").textContent = said.word;
    document.getElementById("summary").textContent = typed ? said.summary : "";
    for (const input of form.querySelectorAll(".box input")) {
      const problem = (said.problems || {})[input.name] || "";
      if (!problem || input.dataset.left) wrong(input, input.value ? problem : "");
    }
  }

  function list(id, rules) {
    const ul = document.getElementById(id);
    if (!ul) return;
    ul.replaceChildren(...rules.map((r) => {
      const li = document.createElement("li");
      li.textContent = r.text;
      li.dataset.ok = r.ok ? "yes" : "no";
      return li;
    }));
  }

  function wrong(input, problem) {
    const p = document.getElementById("e-" + input.name);
    if (p.textContent !== problem) p.textContent = problem;
    if (problem) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  }

  async function send(form) {
    const button = form.querySelector("button[type=submit]");
    if (button.getAttribute("aria-busy")) return;
    const words = button.textContent;
    button.setAttribute("aria-busy", "true");
    button.textContent = form.dataset.sending;
    try {
      const answer = await fetch(location.href, { method: "POST", body: body(form), referrerPolicy: "no-referrer" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("main")) throw new Error("not one of our pages");
      turn(page, form);
    } catch {
      button.removeAttribute("aria-busy");
      button.textContent = words;
      const alert = document.getElementById("alert");
      alert.firstElementChild.textContent = form.dataset.offline;
      alert.className = "alert wait";
      alert.hidden = false;
      alert.focus();
    }
  }

  // turn shows the page that came back. What was typed never left this one: it is put back where it was.
  function turn(page, form) {
    const typed = new Map([...form.querySelectorAll("input:not([type=hidden]), select")].map((i) => [i.id, i.type === "checkbox" ? i.checked : i.value]));
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    document.querySelectorAll("main input:not([type=hidden]), main select").forEach((i) => {
      if (i.type === "checkbox") i.checked = typed.get(i.id) || false;
      else if (i.id !== "f-_pin") i.value = typed.get(i.id) || "";
    });
    start();
    const first = document.querySelector("main [aria-invalid]") || document.querySelector("main .alert:not([hidden])") || document.querySelector("main h1");
    first.focus();
    if (!first.matches("input, select")) scrollTo(0, 0);
  }

  start();
})();
