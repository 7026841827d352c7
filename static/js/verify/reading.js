"use strict";
// Checks what a dealer holds against the brand, in a page that needs no server and sends nothing.
// It is verify_receipt.py once more, function by function: that file says what is checked and why,
// and the page brings its words, patterns and limits along as RULES, so that both say the same.

const { COLUMNS, MARKS, MOST, PATTERNS, VERDICTS, WORDS } = RULES;
const encoder = new TextEncoder();
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (each) => parseInt(each, 16));
const hexOf = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const decoded = (bytes, ignoreBOM = false) => new TextDecoder("utf-8", { ignoreBOM }).decode(bytes);
const all = (name, text, flags = "g") => [...text.matchAll(new RegExp(PATTERNS[name], flags))];
const whole = (name, flags = "") => new RegExp(`^(?:${PATTERNS[name]})$`, flags);

function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

async function sha256(bytes) {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

// The two sentences of what was found, with these parts; one may itself be such a pair.
function said(found, parts = {}) {
  return WORDS[found].map((sentence, n) =>
    sentence.replace(/\{(\w+)\}/g, (_whole, name) =>
      Array.isArray(parts[name]) ? parts[name][n] : String(parts[name]),
    ),
  );
}

// What stands in a text, each once, in the order of its parts.
function sortedParts(name, text) {
  const found = new Map(all(name, text).map(([, ...parts]) => [parts.join("\0"), parts]));
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parts]) => parts);
}

// The rows of a CSV file, as Python reads them; empty lines are none.
function* rowsOf(text) {
  const separator = /[,\r\n]/g;
  let at = 0;
  while (at < text.length) {
    const begun = at;
    const row = [];
    do {
      if (row.length) at += 1; // the comma
      const pieces = []; // of what is quoted: between them stands a quote
      while (text[at] === '"') {
        const quote = text.indexOf('"', at + 1);
        const end = quote < 0 ? text.length : quote;
        pieces.push(text.slice(at + 1, end));
        at = quote < 0 ? end : end + 1;
      }
      const field = pieces.join('"');
      separator.lastIndex = at;
      const stop = separator.exec(text)?.index ?? text.length;
      row.push(field + text.slice(at, stop));
      at = stop;
    } while (text[at] === ",");
    const empty = at === begun;
    if (at < text.length) at += text.startsWith("\r\n", at) ? 2 : 1;
    if (!empty) yield row;
  }
}

const withoutSpace = (text) =>
  text.replace(/^[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/, "");

// A mail as it was saved, with its parts as they are read; any other text as it is.
function unwrapped(text) {
  if (!all("wrapped", text, "gi").length) return text;
  const wrapped = whole("wrapped", "i");
  const parts = [];
  let encoding = "";
  let body = null;
  for (const line of [...text.split(/\r\n|\r|\n/), "--"]) {
    if (line.startsWith("--")) {
      if (encoding && body?.length) parts.push(unwrappedPart(encoding, body));
      encoding = "";
      body = null;
    }
    if (body && encoding) {
      body.push(line);
      continue;
    }
    parts.push(line);
    if (!body && !line) body = [];
    else if (!body) encoding = line.match(wrapped)?.[1].toLowerCase() ?? encoding;
  }
  return parts.join("\n");
}

function unwrappedPart(encoding, lines) {
  if (encoding === "base64") {
    const text = lines.join("").replace(/[^A-Za-z0-9+/]/g, "");
    const plain = atob(text.length % 4 === 1 ? text.slice(0, -1) : text);
    return decoded(Uint8Array.from(plain, (each) => each.charCodeAt(0)), true);
  }
  const bytes = encoder.encode(lines.join("\n").replace(/=[ \t]*\n/g, ""));
  const plain = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const hex = bytes[at] === 61 ? String.fromCharCode(...bytes.slice(at + 1, at + 3)) : "";
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) at += 2;
    plain.push(/^[0-9A-Fa-f]{2}$/.test(hex) ? parseInt(hex, 16) : bytes[at]);
  }
  return decoded(Uint8Array.from(plain), true);
}

// What a time stamp (RFC 3161, DER) names: a SHA-256, a moment, whether it is a local one; nothing
// where it is none.
function namedBy(content) {
  if (content[0] !== 48 || content.length > MARKS.largest) return null;
  const told = elementsOf(inside(content, 0, 1, 1, 0, 2, 1, 0, 0));
  if (hexOf(inside(content, 0, 0, 0)) !== "00" || told.length < 5) return null;
  if (hexOf(inside(content, 0, 1, 1, 0, 2, 0)) !== MARKS.stamp) return null;
  if (hexOf(inside(told[2], 0, 0)) !== MARKS.sha256) return null;
  const digest = inside(told[2], 1);
  const moment = String.fromCharCode(...told[4].slice(0, 40)).match(whole("stampedAt"));
  if (digest.length !== 32 || !moment) return null;
  const [, year, month, day, hour, minute, second] = moment;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return [hexOf(digest), time, hexOf(told[1]) === MARKS.local];
}

// What stands in the element of an element that these numbers lead to; nothing: no such one.
function inside(content, ...path) {
  return path.reduce((it, number) => elementsOf(it)[number] ?? new Uint8Array(), content);
}

// The contents of the elements of a DER text, one after the other; none of what is torn.
function elementsOf(content) {
  const found = [];
  let at = 0;
  while (at + 2 <= content.length) {
    let size = content[at + 1];
    at += 2;
    if (size > 127) {
      const digits = content.slice(at, at + size - 128);
      if (!digits.length || digits.length !== size - 128 || digits.length > 4) return [];
      size = digits.reduce((sum, each) => sum * 256 + each, 0);
      at += digits.length;
    }
    if (at + size > content.length) return [];
    found.push(content.slice(at, at + size));
    at += size;
  }
  return at === content.length ? found : [];
}
