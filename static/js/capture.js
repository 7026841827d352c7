"use strict";
// Comforts of the capture form. The format is judged here; only sending the form asks the server.

const form = document.getElementById("capture");
const phone = form.elements.phone;
const country = form.elements.country;
const verdict = document.getElementById("id_phone_error");

// How many digits each country's mobile numbers have, how they begin and how they are grouped.
const PLANS = {
  86: { length: 11, begins: /^1([3-9]|$)/, groups: [3, 4, 4] },
  852: { length: 8, begins: /^[4-9]/, groups: [4, 4] },
  853: { length: 8, begins: /^6/, groups: [4, 4] },
  886: { length: 9, begins: /^9/, groups: [3, 3, 3] },
};

// The digits of what was typed or pasted, without a country code, which moves into its own field.
function digitsOf(text) {
  const plain = text.normalize("NFKC");
  if (/(?!\d)\p{Nd}/u.test(plain)) return null; // another script's digits: for the server to judge
  let digits = plain.replace(/[^\d+]/g, "");
  const abroad = digits.match(/^(?:\+|00)(86|852|853|886)/);
  if (abroad) {
    country.value = abroad[1];
    digits = digits.slice(abroad[0].length);
  } else if (/^\+|^00/.test(digits)) {
    return null; // another country's number: left as it is, for the server to judge
  }
  digits = digits.replace(/\+/g, "");
  if (country.value === "86" && /^86\d{11}$/.test(digits)) digits = digits.slice(2);
  if (country.value === "86" && /^0\d{11}$/.test(digits)) digits = digits.slice(1);
  if (country.value === "886" && /^09/.test(digits)) digits = digits.slice(1);
  return digits;
}

function grouped(digits) {
  const parts = [];
  let at = 0;
  for (const size of PLANS[country.value].groups) {
    if (at >= digits.length) break;
    parts.push(digits.slice(at, at + size));
    at += size;
  }
  if (at < digits.length) parts[parts.length - 1] += digits.slice(at);
  return parts.join(" ");
}

// The caret stays behind the digit it was behind, whatever spaces come or go.
function regroup(digits) {
  const text = grouped(digits);
  if (text === phone.value) return;
  let before = phone.value.slice(0, phone.selectionStart).replace(/\D/g, "").length;
  const all = phone.value.replace(/\D/g, "").length;
  before -= Math.max(0, all - digits.length); // what moved into the country's field
  phone.value = text;
  let caret = 0;
  while (before > 0 && caret < text.length) {
    if (/\d/.test(text[caret])) before -= 1;
    caret += 1;
  }
  phone.setSelectionRange(caret, caret);
}

function say(kind, words) {
  const shown = verdict.dataset.shown ?? "";
  if (shown === words) return;
  verdict.dataset.shown = words;
  verdict.className = words ? `msg ${kind}` : "msg";
  verdict.replaceChildren();
  if (words) {
    const icon = document.getElementById(kind === "ok" ? "icon-right" : "icon-wrong");
    verdict.append(icon.content.cloneNode(true), words);
  }
  phone.closest(".field").classList.toggle("err", kind === "bad");
  if (kind === "bad") phone.setAttribute("aria-invalid", "true");
  else phone.removeAttribute("aria-invalid");
}

// While one types only what is certain is said; that digits are missing waits until one leaves.
function judge(digits, left) {
  if (digits === null || digits === "") return say("", "");
  const plan = PLANS[country.value];
  const words = verdict.dataset;
  const missing = plan.length - digits.length;
  if (!plan.begins.test(digits)) return say("bad", words.odd);
  if (missing < 0) return say("bad", words.long.replace("{n}", -missing));
  if (missing === 0) return say("ok", words.right);
  return left ? say("bad", words.short.replace("{n}", missing)) : say("", "");
}

function typed(event) {
  const digits = digitsOf(phone.value);
  if (digits !== null) regroup(digits);
  judge(digits, event.type === "change");
}

phone.addEventListener("input", (event) => {
  if (!event.isComposing) typed(event);
});
phone.addEventListener("change", typed);
country.addEventListener("change", typed);
if (phone.value && !phone.closest(".field").classList.contains("err")) typed(new Event("input"));

// While one types, the bottom bar makes room. Pressing the button must leave the focus where it is:
// else the bar came back, the button moved up under the finger, and the press was lost.
form.dataset.live = "";
form.querySelector(".sticky-act button").addEventListener("mousedown", (event) => {
  event.preventDefault();
});

// The phone's own clock is kept as evidence; what counts is when the portal receives it.
form.addEventListener("submit", () => {
  form.elements.phone_clock.value = new Date().toISOString();
});
