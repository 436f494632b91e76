import { $, api, clockTime, doing, el, icon, initials, linked, path, safeURL } from "/demo/page/dom.js";

const attachments = [
  ["photo", "🖼️", "Una foto"], ["audio", "🎤", "Un audio"], ["sticker", "😀", "Un sticker"],
  ["location", "📍", "Mi ubicación"], ["contact", "👤", "Mi contacto"], ["document", "📄", "Un documento"],
];
const kinds = Object.fromEntries(attachments.map(([k, i, label]) => [k, `${i} ${label}`]));

let state; // {channel, portal, person, bot}
let shown = ""; // what is drawn, to leave the page alone when nothing changed
let drawn = 0; // n of the last line drawn: what is newer rises into view
let waiting = false; // for the bot's answer
let follow = true; // keep the last line in view
let waitTimer;

const here = (...more) => path(state.channel, state.portal, state.person, ...more);

export function openPhone(next) {
  state = next;
  shown = "";
  follow = true;
  wait(false);
  $("phone-name").textContent = next.bot;
  $("phone-avatar").textContent = initials(next.bot);
  $("phone-owner").textContent = next.person;
  document.querySelector(".phone").dataset.channel = next.channel;
  drawn = 0;
  $("lines").replaceChildren();
  below([]);
  paste(next.facts);
  return drawScreen();
}

function paste(facts) {
  $("paste").replaceChildren(...(facts || []).map((f) =>
    el("button", { type: "button", title: "Poner en el mensaje", onclick: () => put(f.value) }, el("span", {}, f.label), f.value)));
}

export function put(text) {
  $("text").value = text;
  grow();
  $("text").focus();
}

// drawScreen fetches what the person sees and draws it if it changed; it returns how many lines are the bot's.
export async function drawScreen() {
  const asked = state;
  const lines = await api(here("screen") + "?after=0");
  if (asked !== state) return 0;
  const now = JSON.stringify(lines);
  if (now !== shown) {
    if (lines.at(-1)?.from === "bot") wait(false);
    shown = now;
    draw(lines);
  }
  return lines.filter((l) => l.from === "bot").length;
}

export function typing(on) {
  waiting = on;
  const dots = $("lines").querySelector(".typing-dots");
  $("phone-state").textContent = on ? "escribiendo…" : "bot";
  $("phone-state").classList.toggle("typing", on);
  if (!on) dots?.remove();
  else if (!dots) {
    $("lines").append(el("div", { class: "typing-dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")));
    toEnd();
  }
}

// wait shows the dots until the bot answers, at most for a while.
function wait(on) {
  clearTimeout(waitTimer);
  typing(on);
  if (on) waitTimer = setTimeout(() => typing(false), 9000);
}

function draw(lines) {
  const box = $("lines");
  let day = "";
  const all = [];
  for (const l of lines) {
    const d = new Date(l.at).toLocaleDateString("es", { day: "numeric", month: "long" });
    if (d !== day) all.push(el("div", { class: "day" }, (day = d)));
    const bubble = line(l);
    if (drawn > 0 && l.n > drawn) bubble.classList.add("fresh");
    all.push(bubble);
  }
  drawn = lines.at(-1)?.n ?? 0;
  if (lines.length === 0) all.push(begin());
  box.replaceChildren(...all);
  below(lines);
  if (waiting) typing(true);
  if (follow) toEnd();
}

function begin() {
  return el("div", { class: "empty" }, "Todavía no hay mensajes. Escribí lo que escribirías vos, por ejemplo «no puedo entrar», o tocá:",
    el("button", { type: "button", onclick: doing(() => say(state.channel === "telegram" ? "/start" : "Hola")) }, state.channel === "telegram" ? "INICIAR" : "DECIR HOLA"));
}

function line(l) {
  const stamp = el("span", { class: "stamp" }, (l.edited ? "editado " : "") + (l.protected ? "🔒 " : "") + clockTime(l.at) + (l.from === "person" ? " ✓" : ""));
  if (l.deleted) return el("div", { class: `line ${l.from} deleted` }, el("div", { class: "bubble" }, "🗑️ Mensaje borrado del chat", stamp));
  const body = [];
  if (l.document) body.push(docCard(l.document));
  if (l.kind && kinds[l.kind]) body.push(kinds[l.kind] + (l.text ? "\n" : ""));
  body.push(...linked(l.text || ""), stamp);
  return el("div", { class: "line " + l.from }, el("div", { class: "bubble" }, ...body), keyboard(l));
}

function docCard(d) {
  const href = safeURL(d.url);
  const size = d.bytes > 0 ? `${Math.max(1, Math.round(d.bytes / 1024))} KB` : "";
  return el(href ? "a" : "div", { class: "doc", href, target: "_blank", rel: "noopener" }, el("span", { class: "doc-icon" }, icon("doc")),
    el("span", {}, el("b", {}, d.name), el("small", {}, size)));
}

function keyboard(l) {
  const onButtons = state.channel === "whatsapp" ? [] : l.links || []; // there, addresses are in the text
  const keys = onButtons.map((k) => ({ ...k, href: safeURL(k.url) })).filter((k) => k.href)
    .map((k) => el("a", { href: k.href, class: "wide", target: "_blank", rel: "noopener" }, k.label, icon("link")));
  for (const label of l.options || []) keys.push(el("button", { type: "button", class: label.length > 18 ? "wide" : null, onclick: doing(() => tap(label)) }, label));
  return keys.length ? el("div", { class: "keys" }, ...keys) : null;
}

// below draws the keyboard that stands where the person writes, under the message field.
function below(lines) {
  const keys = lines.findLast((l) => l.keys?.length)?.keys || [];
  $("below").replaceChildren(...keys.map((label) => el("button", { type: "button", onclick: doing(() => tap(label)) }, label)));
}

async function say(text) {
  follow = true;
  await api(here("say"), { text });
  wait(true);
  await drawScreen();
}

async function tap(option) {
  follow = true;
  wait(true);
  await api(here("tap"), { option });
  await drawScreen();
}

async function attach(kind) {
  menu(false);
  follow = true;
  await api(here("send"), { kind });
  wait(true);
  await drawScreen();
}

function menu(open) {
  $("attach-menu").hidden = !open;
  $("attach").setAttribute("aria-expanded", open);
  if (open) $("attach-menu").querySelector("button").focus();
}

function grow() {
  const t = $("text");
  t.style.height = "auto";
  t.style.height = Math.min(t.scrollHeight + 2, 120) + "px";
}

function toEnd() {
  $("lines").scrollTop = $("lines").scrollHeight;
}

export function setUpPhone() {
  $("attach").append(icon("attach"));
  document.querySelector(".send").append(icon("send"));
  $("attach-menu").append(...attachments.map(([kind, pic, label]) =>
    el("button", { type: "button", role: "menuitem", onclick: doing(() => attach(kind)) }, el("span", { "aria-hidden": "true" }, pic), label)));
  $("attach").addEventListener("click", () => menu($("attach-menu").hidden));
  document.addEventListener("keydown", (e) => e.key === "Escape" && menu(false));
  document.addEventListener("click", (e) => e.target.closest("#attach, #attach-menu") || menu(false));
  $("text").addEventListener("input", grow);
  $("text").addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    $("composer").requestSubmit();
  });
  $("composer").addEventListener("submit", doing(async (e) => {
    e.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    grow();
    await say(text);
  }));
  $("lines").addEventListener("scroll", () => {
    const l = $("lines");
    follow = l.scrollHeight - l.scrollTop - l.clientHeight < 60;
    $("down").hidden = follow;
  });
  $("down").addEventListener("click", toEnd);
  new ResizeObserver(() => follow && toEnd()).observe($("lines"));
}
