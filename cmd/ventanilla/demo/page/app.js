import { $, api, doing, el, icon, toast } from "/demo/page/dom.js";
import { drawMail } from "/demo/page/mail.js";
import { drawAccounts, drawPeople, drawPortals } from "/demo/page/people.js";
import { drawScreen, openPhone, setUpPhone, typing } from "/demo/page/phone.js";

let people = [];
let bots = []; // {channel, portal, name, country}
let me; // {channel, portal, person, seed}
let stream;
let ahead = 0; // of the demo's clock before this device's, in milliseconds
let botLines = null;

async function start() {
  setUpPhone();
  for (const s of document.querySelectorAll("[data-icon]")) s.append(icon(s.dataset.icon));
  const world = await api("world");
  bots = world.bots;
  faultPanel(world.faults);
  setClock(world.now);
  people = await api("people");
  fromHash();
  addEventListener("hashchange", fromHash);
  setInterval(tick, 1000);
}

// fromHash opens the phone that the address names: #telegram/mseg/Adriana
function fromHash() {
  const [channel, portal, person] = decodeParts(location.hash.slice(1));
  const bot = bots.find((b) => b.channel === channel && b.portal === portal) ?? bots.find((b) => b.portal === "mseg") ?? bots[0];
  const name = person || people.find((p) => p.portal === bot.portal)?.phone || "vos";
  const seed = people.find((p) => p.portal === bot.portal && p.phone === name);
  me = { channel: bot.channel, portal: bot.portal, person: name, seed };
  botLines = null;
  drawNets();
  drawPortals(bots, people, bot.portal);
  drawPeople(people.filter((p) => p.portal === bot.portal), seed?.id, choose);
  drawAccounts(seed);
  listen();
  doing(openPhone)({ ...me, bot: bot.name, facts: seed?.identifiers }).then(() => refresh(["screen", "mail"]));
}

// drawNets offers the person's other phone: the same organisation on another network.
function drawNets() {
  const names = { telegram: "Telegram", whatsapp: "WhatsApp" };
  $("nets").replaceChildren(...bots.filter((b) => b.portal === me.portal).map((b) => el("button", {
    type: "button", "aria-pressed": String(b.channel === me.channel), onclick: () => go(b.channel, me.portal, me.person),
  }, names[b.channel] ?? b.channel)));
}

function decodeParts(hash) {
  try {
    return hash.split("/").map(decodeURIComponent);
  } catch {
    return [];
  }
}

function choose(p) {
  if (me.seed?.id === p.id) return tab("phone");
  go(me.channel, p.portal, p.phone);
}

function go(channel, portal, person) {
  location.hash = [channel, portal, person].map(encodeURIComponent).join("/");
}

// listen hears what changed for this phone and fetches just that.
function listen() {
  stream?.close();
  const q = new URLSearchParams({ channel: me.channel, portal: me.portal, person: me.person });
  for (const a of me.seed?.addresses ?? []) q.append("mail", a);
  stream = new EventSource("/demo/events?" + q);
  stream.addEventListener("changed", (e) => {
    const { what, now } = JSON.parse(e.data);
    setClock(now);
    doing(refresh)(what);
  });
  stream.addEventListener("typing", (e) => typing(JSON.parse(e.data).on));
  stream.onopen = () => { $("offline").hidden = true; };
  stream.onerror = () => { $("offline").hidden = false; };
}

async function refresh(what) {
  if (what.includes("screen")) {
    const n = await drawScreen();
    if (botLines !== null && n > botLines) badge("phone", n - botLines);
    botLines = n;
  }
  if (what.includes("mail")) badge("mail", await drawMail(me.seed?.addresses ?? []));
  if (what.includes("people")) {
    people = await api("people");
    me.seed = people.find((p) => p.id === me.seed?.id);
    drawPeople(people.filter((p) => p.portal === me.portal), me.seed?.id, choose);
    drawAccounts(me.seed);
  }
}

function badge(name, n) {
  const b = $("badge-" + name);
  if (document.body.dataset.tab === name) n = 0;
  b.hidden = n === 0;
  b.textContent = n;
}

function tab(name) {
  document.body.dataset.tab = name;
  for (const b of document.querySelectorAll("[data-go]")) b.setAttribute("aria-pressed", String(b.dataset.go === name));
  if (name === "phone") badge("phone", 0);
}

function setClock(now) {
  ahead = new Date(now) - Date.now();
  tick();
}

function tick() {
  const at = new Date(Date.now() + ahead);
  $("clock").textContent = at.toLocaleTimeString("es", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("clock").dateTime = at.toISOString();
  const minutes = Math.round(ahead / 60000);
  $("clock-ahead").textContent = minutes < 1 ? "" : `adelantado ${minutes < 60 ? minutes + " min" : (minutes / 60).toFixed(1).replace(".0", "").replace(".", ",") + " h"}`;
}

function faultPanel(groups) {
  const press = (g, f) => doing(async () => {
    await api("fault", { where: g.where, kind: f.kind, times: f.times });
    $("fault-said").textContent = `${g.label}: ${f.label.toLowerCase()}.`;
  });
  $("fault-list").append(...groups.map((g) => el("div", { class: "fault-group" }, el("h3", {}, g.label),
    el("div", {}, ...g.faults.map((f) => el("button", { type: "button", class: f.heals ? "heal" : null, onclick: press(g, f) }, f.label))))));
}

document.addEventListener("mail-read", (e) => badge("mail", e.detail));
document.addEventListener("tab", (e) => tab(e.detail));
for (const b of document.querySelectorAll("[data-go]")) b.addEventListener("click", () => tab(b.dataset.go));
for (const b of document.querySelectorAll("[data-advance]")) {
  b.addEventListener("click", doing(async () => {
    setClock((await api("clock", { advance: b.dataset.advance })).now);
    toast("El reloj se adelantó " + b.textContent.replace("+", ""));
  }));
}
$("portal").addEventListener("change", (e) => go(me.channel, e.target.value, people.find((p) => p.portal === e.target.value)?.phone ?? me.person));
$("new-phone").addEventListener("submit", (e) => {
  e.preventDefault();
  const name = $("new-name").value.trim();
  if (name) go(me.channel, me.portal, name);
  $("new-name").value = "";
  tab("phone");
});
doing(start)();
