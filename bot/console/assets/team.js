"use strict";
// The filter of the list without leaving the page, and forms that empty themselves once they were sent.
(() => {
  const form = document.querySelector("#filter"), list = document.querySelector("#list");
  const box = document.querySelector("#filter-box");
  if (box && !location.search && matchMedia("(max-width: 52rem)").matches) box.open = false; // the list comes first where there is little room
  if (form && list) {
    form.addEventListener("change", () => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, v]) => v)).toString();
      document.querySelector("#filter-off").hidden = !query;
      history.replaceState(null, "", "/console/" + (query ? "?" + query : ""));
      list.setAttribute("hx-get", "/console/list?" + query);
      htmx.process(list);
      htmx.ajax("GET", "/console/list?" + query, "#list");
    });
  }
  document.body.addEventListener("htmx:afterRequest", (e) => {
    const sent = e.target.closest?.("form[data-clears]");
    if (!sent || !e.detail.successful) return;
    for (const i of sent.querySelectorAll("input[name]")) i.value = "";
    const box = sent.closest("details");
    if (box.contains(document.activeElement) || document.activeElement === document.body) box.querySelector("summary").focus();
    box.open = false;
  });
})();
