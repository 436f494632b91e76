// Small tools for the page. Whatever people typed is only ever put in as text.

export const $ = (id) => document.getElementById(id);

// el makes an element: el("a", {href, class: "x", onclick: f}, "text", otherElement, null)
export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

const icons = {
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm0 2c-4 0-7 2-7 5v2h14v-2c0-3-3-5-7-5zm8-2a3 3 0 1 0-2-5.5M17 13c3 .3 5 2 5 4.500v2.500h-4",
  phone: "M4 5h16v11H9l-5 4z",
  mail: "M3 6h18v12H3zm0 0 9 7 9-7",
  account: "M12 3 4 6v6c0 5 3.500 8 8 9 4.500-1 8-4 8-9V6zm-3 9 2 2 4-4",
  faults: "M13 2 5 14h6l-1 8 8-12h-6z",
  attach: "M20 11 12 19a5 5 0 0 1-7-7l8-8a3.300 3.300 0 0 1 5 5l-8 8a1.700 1.700 0 0 1-2.500-2.500L14 8",
  send: "M4 12 20 4l-4 16-4-6zm8 2 8-10",
  doc: "M6 2h8l5 5v15H6zm8 0v5h5M9 13h6M9 17h6",
  link: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [k, v] of Object.entries({ fill: "none", stroke: "currentColor", "stroke-width": 1.9, "stroke-linecap": "round", "stroke-linejoin": "round" })) svg.setAttribute(k, v);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", icons[name]);
  svg.append(path);
  svg.setAttribute("width", 16);
  svg.setAttribute("height", 16);
  return svg;
}

// safeURL lets only web addresses become links.
export function safeURL(u) {
  try {
    const url = new URL(u, location.href);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

// linked splits a text at the web addresses in it.
export function linked(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g)) {
    out.push(text.slice(at, m.index), el("a", { href: m[0], target: "_blank", rel: "noopener noreferrer" }, m[0]));
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

export const clockTime = (at) => new Date(at).toLocaleTimeString("es", { hour: "2-digit", minute: "2-digit" });
export const initials = (name) => (name.match(/[\p{L}\p{N}]+/gu) || ["?"]).slice(0, 2).map((w) => w[0].toUpperCase()).join("");

let toastTimer;
export function toast(text) {
  $("toast").textContent = text;
  $("toast").classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => $("toast").classList.remove("on"), 2600);
}

// api asks the demo's JSON API; what it refuses is thrown with its own words.
export async function api(path, body) {
  const init = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch("/demo/" + path, init);
  const got = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(got.detail || got.title || "Algo falló");
  return got;
}

export const path = (...parts) => parts.map(encodeURIComponent).join("/");

// doing runs an action and says what went wrong.
export const doing = (f) => async (...args) => {
  try {
    return await f(...args);
  } catch (e) {
    toast(e.message);
  }
};
