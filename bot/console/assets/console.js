"use strict";
// What the page does beside htmx: it follows the stream of events, adds lines exactly once, and knows the keys.
(() => {
  const $ = (s, in_ = document) => in_.querySelector(s);
  const page = document.body.dataset.page;
  if (!page) return;

  // Times that belong to no organisation are shown in the visitor's own zone.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = "ventanilla-zone=" + zone + "; path=/console/; max-age=31536000; samesite=strict" + (location.protocol === "https:" ? "; secure" : "");

  // The stream. What changed is fetched; the stream only says that something did.
  const name = document.body.dataset.name || "";
  const refresh = (id) => { const e = $(id); if (e && window.htmx) htmx.trigger(e, "refresh"); };
  const listen = () => {
    const s = new EventSource("/console/events" + (name ? "?c=" + name : ""));
    s.onopen = () => { $("#offline").hidden = true; };
    s.addEventListener("news", (e) => {
      if (e.data.includes("list")) refresh("#list");
      if (e.data.includes("talk")) { refresh("#state"); fetchLines(); }
    });
    s.addEventListener("out", () => location.reload());
    s.onerror = () => {
      $("#offline").hidden = false;
      if (s.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
    };
  };
  if (page === "list" || page === "talk") {
    listen();
    setInterval(() => { refresh("#list"); refresh("#state"); fetchLines(); }, 30000);
    addEventListener("online", () => { refresh("#list"); refresh("#state"); fetchLines(); });
  }

  // Lines of the transcript: one request at a time, and a line whose number is known is not added again.
  const lines = $("#lines");
  let busy = false, again = false, missed = false, retry = 0;
  const bottom = () => { if (lines) lines.scrollTop = lines.scrollHeight; };
  async function fetchLines() {
    if (!lines) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        const days = lines.querySelectorAll("[data-day]");
        const day = days.length ? days[days.length - 1].dataset.day : "";
        const r = await fetch(lines.dataset.url + "?after=" + lines.dataset.last + "&day=" + day, { headers: { "HX-Request": "true" } });
        if (missed) { missed = false; $("#offline").hidden = true; }
        if (!r.ok) break;
        const part = new DOMParser().parseFromString("<ol>" + await r.text() + "</ol>", "text/html");
        const near = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 80;
        for (const li of part.querySelectorAll("li.line")) {
          if (Number(li.dataset.n) <= Number(lines.dataset.last)) continue;
          lines.append(document.adoptNode(li));
          lines.dataset.last = li.dataset.n;
        }
        if (near) bottom();
      } while (again);
    } catch {
      // The stream may have told of a line just before the connection went, and not know that it went.
      missed = true;
      $("#offline").hidden = false;
      clearTimeout(retry); // one after the other, however long it lasts
      retry = setTimeout(fetchLines, 3000);
    } finally { busy = false; }
  }
  if (location.hash.startsWith("#l-")) fetchLines(); else bottom(); // a line that was searched for stays in sight

  // Who read the latest line goes on reading it when something else takes room: a form that unfolds, an alert.
  let low = !location.hash.startsWith("#l-"); // the browser may have gone to that line before anybody listened
  if (lines) {
    lines.addEventListener("scroll", () => { low = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 80; });
    new ResizeObserver(() => { if (low) bottom(); }).observe(lines);
  }

  // The composer: replies only while the conversation is ours, notes always.
  const form = $("#composer"), text = $("#text"), problem = $("#problem");
  let noting = false;
  const mode = (note) => {
    noting = note;
    form.classList.toggle("noting", note);
    const key = note ? "note" : "reply";
    text.placeholder = text.dataset[key];
    $("label[for=text]").textContent = $("label[for=text]").dataset[key];
    $("#send").textContent = $("#send").dataset[key];
    fit();
  };
  const fit = () => {
    if (!form) return;
    const s = $("#state").dataset, mine = s.mine === "yes", shut = s.shut === "yes";
    form.classList.toggle("ours", mine);
    const free = mine && (!shut || s.template === "yes");
    $("#send").disabled = !noting && !free;
    text.readOnly = !noting && (!mine || shut);
    $("#open-canned").disabled = !free;
    const why = $("#why");
    why.hidden = noting || mine;
    why.textContent = s.held === "yes" ? why.dataset.held : why.dataset.free;
  };
  const say = (why) => { problem.textContent = why; problem.hidden = !why; };
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
  async function send() {
    if ($("#send").disabled || !text.value.trim()) return;
    $("#send").disabled = true;
    try {
      const r = await fetch(noting ? form.dataset.note : form.action, { method: "POST", headers: { "X-Composer": "1" },
        body: new URLSearchParams(new FormData(form)) });
      if (r.status === 401) { location.reload(); return; }
      say(r.ok ? "" : r.status === 422 ? await r.text() : $("#offline").textContent);
      if (r.ok) { text.value = ""; form.elements.request.value = fresh(); if (noting) mode(false); fetchLines().then(bottom); }
    } catch { say($("#offline").textContent); } finally { fit(); }
  }
  const canned = $("#canned");
  const find = $("#canned-find"), options = canned ? [...canned.querySelectorAll("[role=option]")] : [];
  const plain = (s) => s.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const choose = (o) => {
    for (const x of options) x.setAttribute("aria-selected", String(x === o));
    if (o) { find.setAttribute("aria-activedescendant", o.id); o.scrollIntoView({ block: "nearest" }); } else find.removeAttribute("aria-activedescendant");
  };
  const offered = () => options.filter((o) => !o.hidden);
  const filter = () => {
    const words = plain(find.value.replace(/^\//, "")).split(/\s+/);
    for (const o of options) o.hidden = !words.every((w) => plain(o.textContent).includes(w));
    $("#canned-nothing").hidden = offered().length > 0;
    choose(offered()[0]);
  };
  const cannedOpen = (on) => {
    canned.hidden = !on; bottom();
    if (on) { find.value = ""; filter(); find.focus({ preventScroll: true }); } else text.focus({ preventScroll: true });
    (on ? canned : form).scrollIntoView({ block: "nearest" }); // all of it, where the screen is low
  };
  const put = (o) => {
    if (!o) return;
    if (noting) mode(false);
    text.value = o.dataset.text;
    cannedOpen(false);
  };
  if (form) {
    form.addEventListener("submit", (e) => { e.preventDefault(); send(); });
    $("#as-note").addEventListener("click", (e) => { e.preventDefault(); mode(!noting); text.focus(); });
    $("#open-canned").hidden = false;
    $("#open-canned").addEventListener("click", () => cannedOpen(canned.hidden));
    canned.addEventListener("click", (e) => put(e.target.closest("[role=option]")));
    find.addEventListener("input", filter);
    text.addEventListener("input", () => say(""));
    new MutationObserver(fit).observe($("#main"), { childList: true }); // #state was drawn anew
    fit();
  }

  // New ones announce themselves, in the title and with a sound for who wants one.
  const title = document.title;
  let before = Number($("[data-waiting]")?.dataset.waiting || 0), audio = null;
  const sound = $("#sound");
  const beep = () => {
    if (!audio) return;
    const o = audio.createOscillator(), g = audio.createGain();
    o.frequency.value = 660; g.gain.value = 0.08;
    o.connect(g).connect(audio.destination); o.start(); o.stop(audio.currentTime + 0.15);
  };
  const hear = (on) => {
    audio?.close();
    audio = on ? new AudioContext() : null;
    sound.setAttribute("aria-pressed", String(on));
    localStorage.setItem("sound", on ? "on" : "");
  };
  sound.hidden = false;
  sound.addEventListener("click", () => { hear(!audio); beep(); });
  if (localStorage.getItem("sound")) {
    hear(true); // chosen on another page; browsers let it be heard from the first key on
    for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => audio?.resume(), { once: true });
  }
  const count = () => {
    const n = Number($("[data-waiting]")?.dataset.waiting || 0);
    document.title = (n ? "(" + n + ") " : "") + title;
    if (n > before) beep();
    before = n;
  };
  document.body.addEventListener("htmx:afterSwap", count);
  count();

  // A row that had the focus keeps it when the list is drawn anew; htmx does that for elements with an id.
  const rows = () => [...document.querySelectorAll("a.row")];
  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    let i = all.indexOf(document.activeElement);
    if (i < 0 && name) i = all.findIndex((a) => a.id === "r-" + name);
    all[Math.max(0, Math.min(all.length - 1, i + by))].focus();
  };
  // Beside a conversation the list is one stop of the Tab key, at the row of that conversation: J and K go on from there.
  const here = () => {
    const mine = $("#r-" + name);
    mine?.setAttribute("aria-current", "page");
    for (const a of document.querySelectorAll(".aside a.row")) a.tabIndex = a === (mine || $(".aside a.row")) ? 0 : -1;
  };
  if (name) {
    here();
    document.body.addEventListener("htmx:afterSwap", here);
    const mine = $(".aside #r-" + name), box = $(".aside");
    if (mine && mine.offsetTop + mine.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = mine.offsetTop - box.clientHeight / 3;
  }

  const help = $("#help");
  $("#keys").hidden = false;
  $("#keys").addEventListener("click", () => help.showModal());
  const unfold = (id) => { const box = $(id); if (box) { box.open = true; $("input, select", box).focus(); } };
  const keys = {
    j: () => move(1), k: () => move(-1), "?": () => help.showModal(),
    a: () => $("#assign-me")?.click(), v: () => $("#status")?.click(), f: () => unfold("#filter-box"), y: () => $(".plea button, .pleas a.row")?.focus(),
    l: () => unfold("#label-box"), p: () => unfold("#assign-box"),
    c: () => $("#outcome")?.focus(), t: () => $("#take")?.click(), h: () => $("#hand-back")?.click(),
    r: () => { if (form) { mode(false); text.focus(); } },
    n: () => { if (form) { mode(true); text.focus(); } },
    "/": () => { if (form && !$("#open-canned").disabled) cannedOpen(true); else $("#case").focus(); },
    escape: () => { if (page !== "list") location.href = $("#to-list")?.href || "/console/"; },
  };
  document.addEventListener("keydown", (e) => {
    const typing = e.target.closest("input, textarea, select");
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target === text) { e.preventDefault(); send(); return; }
    if (e.key === "Escape" && canned && !canned.hidden) { cannedOpen(false); return; }
    if (e.key === "Escape" && typing) {
      const fold = typing.closest(".careforms details");
      if (noting) mode(false);
      if (fold) { fold.open = false; $("summary", fold).focus(); } else typing.blur();
      return;
    }
    if (e.target === find && ["ArrowDown", "ArrowUp", "Enter"].includes(e.key)) {
      const all = offered(), i = all.findIndex((o) => o.getAttribute("aria-selected") === "true");
      if (e.key === "Enter") put(all[i]); else choose(all[(i + (e.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
      e.preventDefault();
      return;
    }
    if (typing || e.ctrlKey || e.metaKey || e.altKey || help.open) return;
    const act = keys[e.key.toLowerCase()];
    if (act) { e.preventDefault(); act(); }
  });
})();
