"use strict";
// What an agent does for the person, in a dialog over the conversation. Without it, the same form is a page of its own.
(() => {
  if (document.body.dataset.page !== "talk") return;
  const box = document.createElement("dialog");
  box.id = "aid-box";
  box.setAttribute("aria-labelledby", "aids-title");
  document.body.append(box);
  let hides = 0;
  const fill = (html) => {
    const part = new DOMParser().parseFromString(html, "text/html");
    box.replaceChildren(...[...part.body.childNodes].map((n) => document.adoptNode(n)));
  };
  const close = () => box.close();
  box.addEventListener("close", () => { clearTimeout(hides); box.replaceChildren(); document.querySelector("#aids")?.focus(); });

  async function open() {
    const link = document.querySelector("#aids");
    if (!link || box.open) return;
    const r = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!r || !r.ok || box.open) { location.href = link.href; return; }
    fill(await r.text());
    box.showModal();
    (box.querySelector("input[type=radio]") || box.querySelector("#reason")).focus();
  }
  async function send(form, button) {
    const r = await fetch(button?.getAttribute("formaction") || form.action, { method: "POST", headers: { "X-Composer": "1" }, body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    if (r && r.status === 401) { location.reload(); return; }
    if (r && r.status === 204) { close(); if (window.htmx) htmx.trigger("#state", "refresh"); return; }
    const text = r ? await r.text() : document.querySelector("#offline").textContent;
    if (r && r.ok) {
      fill(text);
      box.querySelector("#revealed-title").focus();
      hides = setTimeout(close, Number(box.querySelector(".revealed").dataset.seconds) * 1000);
      return;
    }
    const problem = box.querySelector("#aids-problem");
    problem.textContent = text;
    problem.hidden = false;
    const first = [...form.querySelectorAll("select, textarea")].find((x) => !x.value.trim() && x.checkVisibility());
    (form.querySelector("[name=act]:checked") ? first || button : form.querySelector("[name=act]") || first)?.focus({ preventScroll: true });
    problem.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", (e) => {
    if (e.target.closest("#aids")) { e.preventDefault(); open(); }
    if (e.target.closest("#aid-box #aid-close")) { e.preventDefault(); close(); }
  });
  box.addEventListener("keydown", (e) => {
    e.stopPropagation(); // the page's keys are not the dialog's, but what sends there sends here
    const main = e.target.form?.querySelector("button.main");
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && main) { e.preventDefault(); main.click(); }
  });
  box.addEventListener("submit", (e) => { e.preventDefault(); send(e.target, e.submitter); });
  document.addEventListener("keydown", (e) => {
    const busy = e.target.closest("input, textarea, select, dialog") || document.querySelector("dialog[open]");
    if (busy || e.ctrlKey || e.metaKey || e.altKey || e.key.toLowerCase() !== "u") return;
    e.preventDefault();
    open();
  });
})();
