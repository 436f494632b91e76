import { $, api, clockTime, el, linked, path } from "/demo/page/dom.js";

let mails = []; // of everybody in view, newest first
let open = ""; // id of the one being read
let html = true;
let seen = new Set();
let who = "";

// drawMail fetches the mails of these addresses; it returns how many are unread.
export async function drawMail(addresses) {
  const asked = addresses.join(" ");
  if (asked !== who) {
    who = asked;
    mails = [];
    close();
    $("mail-who").textContent = addresses.length ? addresses.join(" · ") : "Sin dirección de correo: nada llegará aquí.";
  }
  const boxes = await Promise.all(addresses.map((a) => api(path("mail", a))));
  if (asked !== who) return 0;
  mails = boxes.flatMap((box, i) => box.map((m, n) => ({ ...m, to: addresses[i], n, id: addresses[i] + "#" + n })));
  mails.sort((a, b) => new Date(b.at) - new Date(a.at) || b.n - a.n);
  list();
  return mails.filter((m) => !seen.has(m.id)).length;
}

function list() {
  const rows = mails.map((m) => el("button", {
    type: "button", role: "listitem", class: "mail-row" + (seen.has(m.id) ? "" : " new") + (open === m.id ? " on" : ""), onclick: () => read(m),
  }, el("b", {}, m.subject), el("time", { datetime: m.at }, clockTime(m.at)), el("small", {}, m.from)));
  $("mail-list").replaceChildren(...(rows.length ? rows : [el("p", { class: "none" }, "Todavía no llegó nada.")]));
}

function read(m) {
  seen.add(m.id);
  open = m.id;
  list();
  show(m);
  document.dispatchEvent(new CustomEvent("mail-read", { detail: mails.filter((x) => !seen.has(x.id)).length }));
}

function show(m) {
  const box = $("mail-open");
  const pick = (on, label) => el("button", { type: "button", "aria-pressed": String(html === on), onclick: () => { html = on; show(m); } }, label);
  // The body comes from its own address, with its own policy, into a frame that may only open links elsewhere.
  const body = html && m.html
    ? el("iframe", { src: "/demo/" + path("mail", m.to, String(m.n)) + "/html", sandbox: "allow-popups allow-popups-to-escape-sandbox", title: "Cuerpo del correo", referrerpolicy: "no-referrer" })
    : el("pre", {}, ...linked(m.text || ""));
  box.replaceChildren(el("header", {}, el("b", {}, m.subject), el("small", {}, "De: " + m.from), el("small", {}, "Para: " + m.to)),
    el("div", { class: "switch" }, pick(true, "Como se ve"), pick(false, "Solo texto"), el("button", { type: "button", onclick: () => { close(); list(); } }, "Cerrar")), body);
  box.hidden = false;
}

function close() {
  open = "";
  $("mail-open").hidden = true;
  $("mail-open").replaceChildren();
}
