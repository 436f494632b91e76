import { $, api, doing, el, initials, path, toast } from "/demo/page/dom.js";
import { put } from "/demo/page/phone.js";

// What an account's state is called, and how worrying it is.
const states = {
  ok: ["activa", "good"], locked: ["bloqueada", "bad"], must_change: ["cambio pendiente", "warn"],
  expired: ["contraseña vencida", "warn"], unregistered: ["sin cuenta", ""], disabled: ["cerrada", "bad"], opens_later: ["en espera", "warn"],
};
const results = {
  ok: ["✓ Entró: la contraseña es correcta.", "good"], wrong: ["✗ Usuario o contraseña incorrectos.", "bad"],
  locked: ["🔒 La cuenta está bloqueada.", "bad"], must_change: ["Entró, pero el sistema pide cambiar la contraseña.", "warn"],
  expired: ["La contraseña venció: hay que cambiarla.", "warn"],
};

const chips = (account) => account.state.map((s) => el("span", { class: "chip " + (states[s]?.[1] ?? "") }, states[s]?.[0] ?? s));

const countries = { AR: "Argentina", MX: "México", EC: "Ecuador" };

// drawPortals offers the organisations, each with how many people it has.
export function drawPortals(bots, people, current) {
  const known = new Map(bots.map((b) => [b.portal, b]));
  $("portal").replaceChildren(...[...known.values()].map((b) => {
    const n = people.filter((p) => p.portal === b.portal).length;
    return el("option", { value: b.portal, selected: b.portal === current }, `${b.name} · ${countries[b.country] ?? b.country} (${n})`);
  }));
}

export function drawPeople(people, current, choose) {
  $("people-list").replaceChildren(...people.map((p) => card(p, p.id === current, choose)));
}

function card(p, on, choose) {
  const worst = [...new Set(p.accounts.flatMap((a) => a.state))].map((s) => el("span", { class: "chip " + (states[s]?.[1] ?? "") }, states[s]?.[0] ?? s));
  return el("div", { class: "person-card" + (on ? " on" : ""), role: "listitem" },
    el("button", { type: "button", "aria-expanded": String(on), onclick: () => choose(p) },
      el("span", { class: "avatar", "aria-hidden": "true" }, initials(p.name)), el("b", {}, p.name), el("span", { class: "chips" }, ...worst),
      el("span", { class: "story" }, p.story)),
    on ? more(p) : null);
}

function more(p) {
  const facts = el("div", { class: "facts" }, el("h3", {}, "Sus datos: tocá uno para ponerlo en el mensaje"));
  facts.append(...p.identifiers.map(fact));
  for (const a of p.addresses) facts.append(fact({ label: "correo", value: a }));
  return el("div", { class: "person-more" }, facts);
}

function fact(f) {
  return el("button", { type: "button", class: "fact", onclick: () => copy(f.value) }, el("span", {}, f.label), el("b", {}, f.value), el("i", {}, "pegar"));
}

function copy(value) {
  put(value);
  navigator.clipboard?.writeText(value).catch(() => {});
  document.body.dataset.tab = "phone";
  document.dispatchEvent(new CustomEvent("tab", { detail: "phone" }));
  toast("Copiado y puesto en el mensaje");
}

let drawnFor = "";

// drawAccounts keeps what is being typed while states change around it.
export function drawAccounts(person) {
  const box = $("account-list");
  const list = person ? person.accounts : [];
  if (drawnFor !== person?.id) {
    drawnFor = person?.id;
    const none = person ? "Esta persona todavía no tiene cuenta." : "Este teléfono no es de nadie que el sistema central conozca.";
    box.replaceChildren(...(list.length ? list.map((a) => account(person, a)) : [el("p", { class: "soft" }, none)]));
  }
  for (const a of list) document.getElementById("chips-" + a.id)?.replaceChildren(...chips(a));
}

function account(p, a) {
  const said = el("p", { class: "signed", role: "status", hidden: true });
  const head = el("div", { class: "acct-head" }, el("b", {}, a.label || a.username || a.id), el("span", { class: "chips", id: "chips-" + a.id }, ...chips(a)));
  if (!a.username) return el("div", { class: "acct" }, head, el("p", { class: "soft" }, "Sin usuario todavía: la cuenta no fue abierta."));
  const password = el("input", { id: "pw-" + a.id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: "La nueva, o la de antes" });
  const form = el("form", {
    onsubmit: doing(async (e) => {
      e.preventDefault();
      const { result } = await api(path("core", p.portal, "signin"), { username: a.username, password: password.value });
      const [words, how] = results[result] ?? [result, ""];
      said.textContent = words;
      said.className = "signed " + how;
      said.hidden = false;
    }),
  }, el("label", { for: "pw-" + a.id }, "Probá entrar al portal como ", el("b", {}, a.username)),
    el("div", { class: "row" }, password, el("button", { class: "primary" }, "Entrar")), said);
  return el("div", { class: "acct" }, head, form, a.password ? hint(a, password) : null);
}

function hint(a, input) {
  return el("small", {}, "La de antes era ", el("button", { type: "button", class: "mini", onclick: () => { input.value = a.password; } }, a.password));
}
