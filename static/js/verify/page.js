"use strict";
// The page around the checks: files are dropped or chosen, read here, and never leave the device.

const LOOKS = { [PROVEN]: "ok", [WRONG]: "bad", [OPEN]: "hold", [LOST]: "hold" };
const inEnglish = document.documentElement.lang === "en";
const part = (id) => document.getElementById(id);
const files = new Map();
let turn = 0; // what was begun before is of no interest any more

function made(tag, name, text = "", lang = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  if (lang) element.lang = lang;
  return element;
}

// Both languages, the reader's own first.
function inWords([chinese, english]) {
  const pair = [made("p", "", chinese, "zh-Hans"), made("p", "", english, "en")];
  const [own, other] = inEnglish ? pair.reverse() : pair;
  other.className = "hint";
  return [own, other];
}

function show(report) {
  const result = part("result");
  result.className = `result mt5 ${LOOKS[report.verdict]}`;
  const [own, other] = inWords(VERDICTS[report.verdict]);
  for (const [id, words] of [["verdict", own], ["verdict-below", other]]) {
    part(id).textContent = words.textContent;
    part(id).lang = words.lang;
  }
  part("found").replaceChildren(
    ...marked(report).map(([mark, [chinese, english]]) => {
      const line = made("li", "row top");
      const sign = made("b", "", mark);
      sign.setAttribute("aria-hidden", "true");
      const words = made("div", "grow");
      words.append(...inWords([`${chinese}。`, `${english}.`]));
      line.append(sign, words);
      return line;
    }),
  );
  part("its-key").hidden = !report.key;
  part("its-key-words").replaceChildren(...inWords(said("its key", { key: report.key })));
  URL.revokeObjectURL(part("save").href);
  part("save").href = URL.createObjectURL(new Blob([`${told(report)}\n`], { type: "text/plain" }));
  result.hidden = false;
  part("verdict").focus();
}

function list() {
  part("files").replaceChildren(
    ...[...files].map(([name, content]) =>
      made("li", "", `${name} · ${Math.ceil(content.length / 1024)} KB`),
    ),
  );
  part("none").hidden = files.size > 0;
  part("anew").hidden = !files.size;
}

// Two dealers' files bear one name: both are kept, and one that is the same is not.
function keep(name, content) {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name} (${number})`;
    const there = files.get(free);
    if (there && !(there.length === content.length && there.every((it, n) => it === content[n]))) {
      continue;
    }
    files.set(free, content);
    return;
  }
}

async function take(chosen) {
  turn += 1;
  const own = turn;
  clear();
  part("checking").hidden = false;
  const unread = [];
  for (const each of chosen) {
    try {
      keep(each.name, new Uint8Array(await each.arrayBuffer()));
    } catch {
      unread.push(each.name); // a folder, or a file that was moved away
    }
  }
  list();
  try {
    const report = await check(files);
    for (const name of unread) report.open.push(said("not read", { name }));
    if (own === turn) clear();
    if (own === turn) show(report);
  } catch (problem) {
    if (own === turn) clear();
    part("failed").hidden = own !== turn;
    throw problem;
  }
}

// An older result says nothing of the files that are there now.
function clear() {
  for (const id of ["result", "checking", "failed"]) part(id).hidden = true;
}

function forget() {
  turn += 1;
  files.clear();
  list();
  clear();
  part("choose").focus();
}

async function begin() {
  part("cannot").hidden = true;
  if (!(await canCheck())) {
    part("cannot").hidden = false;
    return;
  }
  part("can").hidden = false;
  part("choose").addEventListener("change", async ({ target }) => {
    const chosen = [...target.files];
    target.value = ""; // so that the same one may be chosen again
    if (chosen.length) await take(chosen);
  });
  part("again").addEventListener("click", forget);
  // A file that misses the field would be opened instead of the page.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files.length) take([...event.dataTransfer.files]);
  });
  if (location.protocol === "file:") part("keep").hidden = true;
}

begin();
