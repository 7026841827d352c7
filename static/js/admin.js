/* The stock admin's widgets, named for those who listen: pickers by their field, heads by their column. */
(() => {
  "use strict";

  /* In a table of rows a field has no label, but its column has a head. */
  function headOf(field) {
    const column = field.closest("td")?.className.match(/field-(\S+)/)?.[1];
    return column && field.closest("table")?.querySelector(`thead .column-${column}`);
  }

  function namePickers() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.nextElementSibling?.querySelector(".select2-selection");
      const label = select.labels?.[0] ?? headOf(select);
      const name = select.getAttribute("aria-label") || label?.textContent.trim().replace(/[:：]$/, "");
      if (!box || !name) continue;
      const rendered = box.querySelector(".select2-selection__rendered");
      const shown = rendered?.textContent.trim();
      if (rendered?.hasAttribute("role")) rendered.setAttribute("aria-label", name);
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", shown ? `${name}: ${shown}` : name);
      // Where several are chosen one types beside them.
      box.querySelector(".select2-search__field")?.setAttribute("aria-label", name);
    }
  }

  /* A tick or a cross is read aloud in the reader's language; the stock admin says True and False. */
  const words = document.currentScript.dataset;
  for (const sign of document.querySelectorAll("img[alt='True'], img[alt='False'], img[alt='None']")) {
    sign.alt = words[sign.alt.toLowerCase()];
  }

  /* What stands in a table of rows is named by its column. */
  function nameCells() {
    const cells = ".tabular td :is(input:not([type=hidden]), select:not(.select2-hidden-accessible), textarea)";
    for (const field of document.querySelectorAll(cells)) {
      if (field.labels?.length || field.hasAttribute("aria-label")) continue;
      const heads = field.closest("table").tHead.rows[0].cells;
      const name = headOf(field)?.textContent.trim() || heads[field.closest("td").cellIndex]?.textContent.trim();
      if (name) field.setAttribute("aria-label", name);
    }
  }

  /* A hint that is a picture says so. */
  function nameHints() {
    for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]:not([role])")) {
      hint.setAttribute("role", "img");
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

  /* The pickers come when they like, with the page or with another row. */
  function nameAll() {
    namePickers();
    nameCells();
    nameHints();
  }
  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  nameAll();
  window.addEventListener("load", dropEmptyHeads);
  document.addEventListener("focusin", namePickers);
})();
