/* Below the text of a lesson stands what learners will see, as it is written. */
(() => {
  "use strict";

  const writing = document.getElementById("writing");
  if (!writing) return;
  const { markdown, seen } = writing.dataset;
  const form = writing.closest("form");

  function beside(field) {
    const box = document.createElement("details");
    box.className = "written";
    box.open = true;
    const title = document.createElement("summary");
    title.textContent = seen;
    const shown = document.createElement("div");
    box.append(title, shown);
    field.after(box);
    return shown;
  }

  async function show(field, shown) {
    const asked = field.value;
    const body = new FormData();
    body.set("text", asked);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const answer = await fetch(markdown, { method: "POST", body });
      const html = await answer.text();
      if (answer.ok && field.value === asked) shown.innerHTML = html; // else a later one comes
    } catch {
      /* Without a connection the last one stays. */
    }
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!/^lessons-\d+-body(_en)?$/.test(field.name)) return;
    field.shown ??= beside(field);
    clearTimeout(field.waiting);
    field.waiting = setTimeout(() => show(field, field.shown), 400);
  });
})();
