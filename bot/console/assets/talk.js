"use strict";
// What a conversation's page does beside following it: the picture and the ticks stay as things are.
(() => {
  const $ = (s) => document.querySelector(s);
  if (document.body.dataset.page !== "talk") return;

  // How far each line got comes with what stands beside the transcript.
  let asked = 0;
  const place = () => {
    const drawn = $("#ticks");
    if (!drawn) return;
    for (const t of document.querySelectorAll("#ticks [data-tick]")) {
      const old = $('#lines [data-tick="' + t.dataset.tick + '"]');
      if (old && (old.className !== t.className || old.textContent !== t.textContent)) old.replaceWith(t.cloneNode(true));
    }
    drawn.remove();
    // That a line left is noted a moment later, without a word in the stream.
    if (!$("#lines .tick.queued")) asked = 0;
    else if (asked++ < 10) setTimeout(refresh, 1500);
  };
  const refresh = () => { if ($("#side") && window.htmx) htmx.trigger("#side", "refresh"); };

  // Who pressed a button that is gone when the state is drawn anew stays where it was.
  let held = false;
  document.body.addEventListener("htmx:beforeSwap", (e) => { if (e.detail.target?.id === "state") held = e.detail.target.contains(document.activeElement); });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (held && document.activeElement === document.body) $("#state").focus();
    held = false;
  });

  // What was unfolded stays so when it is drawn anew.
  let open = [], from = 0;
  document.body.addEventListener("htmx:beforeSwap", (e) => {
    if (e.detail.target?.id !== "side") return;
    open = [...e.detail.target.querySelectorAll("details[open]")].map((d) => d.id);
    from = e.detail.target.scrollTop;
  });
  document.body.addEventListener("htmx:afterRequest", (e) => { if (e.detail.target?.id === "state") refresh(); });
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    place();
    see();
  });
  // The lit place comes into view when it changes, where the picture has a place of its own to scroll in; otherwise who reads stays.
  let seen = "";
  function see() {
    const lit = $("#side [aria-current]"), side = $("#side"), now = lit?.innerText || "";
    if (!side || side.scrollHeight <= side.clientHeight + 1) return;
    if (now !== seen && lit) side.scrollTop += lit.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 2;
    else if (from) side.scrollTop = from;
    seen = now;
    from = 0;
  }
  see();

  if ($("#lines .tick.queued")) setTimeout(refresh, 1500);
})();
