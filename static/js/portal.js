"use strict";
// Small comforts. Every page works without them.

// A menu closes when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open], details.drawer[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// What somebody typed leaves the page only once the portal can be reached.
async function reachable() {
  if (!navigator.onLine) return false;
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), 6000);
  try {
    const { href } = document.querySelector("link[rel=icon]");
    await fetch(href, { method: "HEAD", cache: "no-store", signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const unsent = form.querySelector("[data-unsent]");
  if (!unsent || !form.requestSubmit || form.dataset.reached || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.asking) return;
  form.dataset.asking = "1";
  form.setAttribute("aria-busy", "true");
  const there = await reachable();
  delete form.dataset.asking;
  form.removeAttribute("aria-busy");
  unsent.querySelector(".banner")?.remove();
  if (there) {
    form.dataset.reached = "1";
    form.requestSubmit(event.submitter);
  } else {
    unsent.append(unsent.querySelector("template").content.cloneNode(true));
    unsent.scrollIntoView({ block: "center" });
  }
});

// One press sends a form once. The button keeps its width, so that nothing moves.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.setAttribute("aria-disabled", "true");
  }
});
// Coming back with the Back button finds the form ready again.
addEventListener("pageshow", (event) => {
  // A customer's consent is asked for each time; the browser brings no tick back.
  if (event.persisted) {
    for (const consent of document.querySelectorAll(".consent input")) consent.checked = false;
  }
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.reached;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
    }
  }
});

// What went wrong is the first thing a keyboard or screen reader meets.
const summary = document.querySelector(".errsum");
if (summary) summary.focus();

// After htmx replaced a part of the page, a form in it is fresh and its errors come first.
document.addEventListener("htmx:after:swap", () => {
  const errors = document.querySelector(".errsum:not([data-seen])");
  if (errors) {
    errors.dataset.seen = "1";
    errors.focus();
  }
});

// Copying a link: the field beside the button holds it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.copied;
});
