/* The stock admin's widgets, named for those who listen: pickers by their field, heads by their column. */
(() => {
  "use strict";

  function namePickers() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.nextElementSibling?.querySelector(".select2-selection");
      const label = select.labels?.[0];
      const name = select.getAttribute("aria-label") || label?.textContent.trim().replace(/[:：]$/, "");
      if (!box || !name) continue;
      const shown = box.querySelector(".select2-selection__rendered")?.textContent.trim();
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", shown ? `${name}: ${shown}` : name);
    }
  }

  /* A head without a word is none. */
  function dropEmptyHeads() {
    for (const head of document.querySelectorAll(".tabular thead th")) {
      if (head.textContent.trim() || head.querySelector("img")) continue;
      const cell = document.createElement("td");
      cell.className = head.className;
      head.replaceWith(cell);
    }
  }

  window.addEventListener("load", () => {
    namePickers();
    dropEmptyHeads();
  });
  document.addEventListener("formset:added", () => setTimeout(namePickers));
  document.addEventListener("focusin", namePickers);
})();
