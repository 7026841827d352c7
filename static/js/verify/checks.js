"use strict";
// What the files of a dealer prove, what is missing, and what was changed since when.

const [PROVEN, WRONG, OPEN, LOST] = [0, 1, 2, 3];

class Report {
  proven = [];
  wrong = [];
  open = [];
  notes = [];
  lost = [];
  until = 0;
  newer = 0;
  key = "";

  get verdict() {
    if (this.wrong.length) return WRONG;
    if (this.lost.length) return LOST;
    return this.open.length || !this.until ? OPEN : PROVEN;
  }
}

// What the files of a dealer prove: a map of names and bytes.
async function check(files) {
  const report = new Report();
  const [chains, texts, others, tables, made, scores] = [[], [], [], [], [], []];
  const tool = new RegExp(PATTERNS.tool);
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = unwrapped(decoded(content));
    if (withoutSpace(text).startsWith(COLUMNS.slice(0, 3).join(","))) {
      chains.push(withoutSpace(text));
    } else if (sortOf(text)) {
      tables.push([name, sortOf(text), text]);
    } else if (withoutSpace(text).startsWith(SCORE_COLUMNS.join(","))) {
      scores.push(text);
    } else if (all("made", text).length) {
      made.push(all("made", text)[0][1]);
    } else if (all("any", text).length && text.search(tool) !== 0) {
      texts.push(text);
    } else {
      others.push([name, content]);
    }
  }
  const found = texts.join("\n");
  const [stamps, left] = stampsOf(others);
  let anchors = [];
  let restarts = [];
  for (const key of keyOf(report, found)) {
    anchors = sortedParts("receipt", found).map((parts) => new Head(parts, key));
    const roots = await rootsOf(report, key, found);
    await tellStamps(report, roots, found, stamps);
    anchors.push(...(await rooted(report, roots, found)));
    restarts = await restartsOf(report, key, found);
    anchors.push(...restarts.flatMap((each) => each.heads()));
    await tellApart(report, restarts, anchors);
  }
  const sorts = ["receipt", "root", "path", "key", "restart", "terms", "agreement"];
  const readable = sorts.reduce((sum, name) => sum + all(name, found).length, 0);
  const torn = all("any", found).length - readable;
  if (torn) report.wrong.push(said("torn", { count: torn }));
  const kinds = new Set(tables.map(([, sort]) => TABLES[sort][0]));
  for (const kind of YOUNG.some((each) => kinds.has(each)) ? YOUNG : []) kinds.add(kind);
  for (const [kind] of scores.length ? Object.values(SCORED) : []) kinds.add(kind);
  const read = [];
  for (const each of chains) read.push(await chainOf(each, kinds));
  const chain = await compare(report, read, anchors);
  const whose = chain?.dealer ?? "";
  report.lost.push(
    ...restarts.filter((it) => whose === "" || whose === it.dealer).map((it) => it.told),
  );
  await decide(report, chain, found);
  for (const { event, ...parts } of chain?.answers ?? []) {
    report.notes.push(said(event === "signed" ? "agreed" : "not agreed", parts));
  }
  await holdPapers(report, chain, left);
  await holdTables(report, chain, tables, made);
  holdScores(report, chain, scores);
  return report;
}

function keyOf(report, text) {
  const keys = new Set(all("key", text).map(([, key]) => key));
  if (keys.size > 1) report.wrong.push(said("keys"));
  if (!keys.size) report.open.push(said("no key"));
  if (keys.size !== 1) return [];
  [report.key] = keys;
  return [bytesOf(report.key)];
}

async function rootsOf(report, key, text) {
  const found = new Map();
  let [tried, unread, named] = [0, 0, null];
  for (const parts of sortedParts("root", text).reverse()) {
    const [day, count, root, before, time, signature] = parts;
    const words = `portal-root/1 ${day} ${count} ${root} ${before} ${time}`;
    const linked = (await sha256(encoder.encode(words))) === named;
    if (!linked && tried === MOST) {
      unread += 1;
      continue;
    }
    if (!linked) tried += 1;
    if (!linked && !(await signed(key, encoder.encode(words), bytesOf(signature)))) {
      report.wrong.push(said("root not signed", { day }));
    } else if ((found.get(day)?.words ?? words) !== words) {
      report.wrong.push(said("two roots", { day }));
    } else {
      found.set(day, { words, root, count: BigInt(count), time, before });
      named = before;
    }
  }
  const days = [...found.keys()].sort();
  for (let n = 1; n < days.length; n += 1) await follow(report, days[n - 1], days[n], found);
  if (unread) report.open.push(said("roots not checked", { count: unread }));
  if (found.size) {
    const day = days.at(-1);
    const newest = await sha256(encoder.encode(found.get(day).words));
    const print = newest.slice(0, 32).match(/..../g).join(" ");
    report.notes.push(said("roots", { count: found.size, day, print }));
  }
  return found;
}

// Which of these files are time stamps, with what each names; and those that are none.
function stampsOf(others) {
  const named = others.map(([name, content]) => [name, content, namedBy(content)]);
  const stamps = named.filter(([, , stamp]) => stamp).map(([name, , stamp]) => [name, ...stamp]);
  const left = named.filter(([, , stamp]) => !stamp).map(([name, content]) => [name, content]);
  return [stamps, left];
}

async function tellStamps(report, roots, text, stamps) {
  const days = new Map();
  for (const [line, day] of all("root", text)) {
    const words = line.slice(0, line.lastIndexOf(" "));
    if (roots.get(day)?.words === words) days.set(await sha256(encoder.encode(line)), day);
  }
  const found = { stamp: [], "local stamp": [] };
  for (const [name, digest, time, local] of stamps) {
    const day = days.get(digest);
    if (day) found[local ? "local stamp" : "stamp"].push({ day, time, name, digest });
    else report.notes.push(said("stamp of none", { name }));
  }
  const order = ({ day, time, name }) => `${day}\0${time}\0${name}`;
  for (const [sort, those] of Object.entries(found)) {
    those.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    if (those.length) report.notes.push(said(sort, { count: those.length, ...those.at(-1) }));
  }
  for (const { day, time } of found.stamp) {
    const signed = roots.get(day).time;
    const days = numberOf(time.slice(0, 10)) - numberOf(signed.slice(0, 10));
    if (days > 1) report.notes.push(said("stamped late", { day, signed, time }));
  }
  if (roots.size && !found.stamp.length && !found["local stamp"].length) {
    report.notes.push(said("no stamp"));
  }
}

// The number of a day, or nothing where there is no such day.
function numberOf(day) {
  const [year, month, date] = day.split("-").map(Number);
  const made = new Date(0);
  made.setUTCFullYear(year, month - 1, date);
  const same = made.getUTCMonth() === month - 1 && made.getUTCDate() === date && year > 0;
  return same ? made.getTime() / 86_400_000 : NaN;
}

async function follow(report, first, last, roots) {
  const follows = (await sha256(encoder.encode(roots.get(first).words))) === roots.get(last).before;
  const count = numberOf(last) - numberOf(first) - 1 || 0;
  if (count && follows) report.notes.push(said("days without root", { first, last, count }));
  else if (count) report.notes.push(said("days not here", { first, last, count }));
  else if (!follows) report.wrong.push(said("root unlinked", { first, last }));
}

async function rooted(report, roots, text) {
  const heads = [];
  for (const parts of sortedParts("path", text)) {
    const [day, dealer, place, hash, blind, index, count, steps] = parts;
    const it = roots.get(day);
    if (!it) {
      report.notes.push(said("no root", { day }));
      continue;
    }
    const leaf = await sha256(encoder.encode(`\0${dealer} ${place} ${hash} ${blind}`));
    const path = steps.match(/[0-9a-f]{64}/g) ?? [];
    const counted = BigInt(count) === it.count;
    if (counted && (await climbed(leaf, BigInt(index), it.count, path)) === it.root) {
      heads.push(rootedHead(dealer, place, hash, it.time));
    } else {
      report.wrong.push(said("not in root", { place, day }));
    }
  }
  return heads;
}

// The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); nothing: to none.
async function climbed(leaf, index, count, path) {
  if (index >= count) return "";
  let [at, last, node] = [index, count - 1n, leaf];
  const over = (left, right) => sha256(joined(Uint8Array.of(1), bytesOf(left), bytesOf(right)));
  for (const step of path) {
    if (last === 0n) return "";
    if (at & 1n || at === last) {
      node = await over(step, node);
      while (!(at & 1n) && at) [at, last] = [at >> 1n, last >> 1n];
    } else {
      node = await over(node, step);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? node : "";
}

async function restartsOf(report, key, text) {
  const lines = all("restart", text).map(([, ...parts]) => new Restart(parts));
  lines.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  const found = [];
  for (const each of lines.slice(0, MOST)) {
    if (await each.genuine(key)) found.push(each);
    else report.wrong.push(said("loss not signed", { time: each.time }));
  }
  if (lines.length > MOST) report.wrong.push(said("many losses"));
  return found;
}

async function tellApart(report, restarts, anchors) {
  for (const head of anchors) {
    for (const each of restarts) {
      if (each.dealer !== head.dealer || head.place <= each.kept) continue;
      if (!each.covers(head)) {
        head.history += 1;
        continue;
      }
      head.lost = true;
      if (head.place > each.last && (await head.genuine)) {
        const { place, time } = head;
        report.wrong.push(said("more lost", { place, time, last: each.last }));
      }
      break;
    }
  }
}

async function compare(report, chains, heads) {
  await findHistories(report, heads);
  for (const it of heads.filter((each) => each.lost).slice(-MOST)) {
    if (!(await it.genuine)) report.wrong.push(said("not signed", { place: it.place }));
  }
  const anchors = heads.filter((it) => !it.lost);
  if (!chains.length) {
    report.open.push(said("no chain"));
    const count = (await genuine(report, anchors)).length;
    if (count) report.notes.push(said("signed", { count }));
    return null;
  }
  const chain = oneOf(report, chains);
  const { dealer, hashes } = chain;
  const own = anchors.filter((it) => !dealer || it.dealer === dealer);
  own.sort((a, b) => Number(a.place - b.place) || (a.time < b.time ? -1 : Number(a.time > b.time)));
  const count = anchors.length - own.length;
  if (count) report.open.push(said("foreign", { dealer, count }));
  const isHeld = (it) => it.place > 0n && it.place <= hashes.length;
  const isSame = (it) => hashes[Number(it.place) - 1] === it.hash;
  const held = own.filter(isHeld);
  const same = await genuine(report, held.filter(isSame));
  report.until = Number(same.at(-1)?.place ?? 0);
  tellChanged(report, same, await genuine(report, held.filter((it) => !isSame(it))));
  const beyond = await genuine(report, own.filter((it) => !isHeld(it)));
  if (beyond.length && !chain.fault) {
    const { place, time } = beyond.at(-1);
    report.wrong.push(said("cut", { first: hashes.length + 1, last: place, time }));
  }
  conclude(report, chain);
  return chain;
}

async function holdPapers(report, chain, others) {
  for (const [name, content] of others) {
    const place = chain?.papers.get(await sha256(content));
    if (place !== undefined) report.notes.push(said("paper", { name, place }));
    else if (chain && isPaper(content)) {
      report.open.push(said("another paper", { name }));
    } else report.notes.push(said("nothing", { name }));
  }
}

// Whether a file is one of which a chain would name the hash: a PDF, or a statement's lines.
function isPaper(content) {
  const begun = hexOf(content.slice(0, 40));
  const text = begun.startsWith(MARKS.bom) ? begun.slice(MARKS.bom.length) : begun;
  return text.startsWith(MARKS.pdf) || text.startsWith(MARKS.lines);
}

async function decide(report, chain, text) {
  const given = new Map();
  const add = async (sort, number, words) => {
    const key = `${sort}\0${number}`;
    given.set(key, (given.get(key) ?? new Set()).add(await sha256(encoder.encode(words))));
  };
  for (const [, ...parts] of all("terms", text)) await add(...parts);
  for (const [, ...parts] of all("agreement", text)) await add("agreement", ...parts);
  let [fitting, unnamed] = [0, 0];
  for (const key of [...new Set([...given.keys(), ...(chain?.rules.keys() ?? [])])].sort()) {
    const [sort, number] = key.split("\0");
    const terms = said(sort, { number });
    const named = chain?.rules.get(key) ?? new Map();
    const places = [...named.values()].sort((a, b) => a - b);
    const [first, last] = places;
    if (places.length > 1) report.wrong.push(said("terms changed", { terms, first, last }));
    const found = given.get(key) ?? new Set();
    if (found.size > 1) report.wrong.push(said("two terms", { terms }));
    else if (found.size && named.size && ![...found].every((each) => named.has(each))) {
      report.wrong.push(said("other terms", { terms, place: first }));
    } else if (found.size && named.size) fitting += 1;
    else if (found.size) unnamed += 1;
  }
  if (fitting) report.notes.push(said("terms", { count: fitting }));
  if (unnamed) report.notes.push(said("terms not named", { count: unnamed }));
}

// The longest of the chains, of which the others must be the beginning.
function oneOf(report, chains) {
  const chain = chains.reduce((a, b) => (b.hashes.length > a.hashes.length ? b : a));
  for (const other of chains) {
    const same = other.hashes.every((each, n) => each === chain.hashes[n]);
    if (other.dealer !== chain.dealer || !same) report.wrong.push(said("two chains"));
    if (other.fault) {
      const place = other.hashes.length + 1;
      report.wrong.push(said("broken", { fault: other.fault, place }));
    }
  }
  return chain;
}

// Those that are signed by the key, of the newest; others are told.
async function genuine(report, anchors) {
  const found = [];
  for (const it of anchors.slice(-MOST)) {
    if (await it.genuine) found.push(it);
    else report.wrong.push(said("not signed", { place: it.place }));
  }
  return found;
}

// Whether two heads were signed for one place.
async function findHistories(report, anchors) {
  const places = new Map();
  let tried = 0;
  for (const it of anchors) {
    const key = `${it.dealer} ${it.place} ${it.history}`;
    if (!places.has(key)) places.set(key, it);
    const first = places.get(key);
    if (first.hash === it.hash) continue;
    tried += 1;
    if (tried > MOST) {
      report.wrong.push(said("contradictions"));
      return;
    }
    if (!(await first.genuine)) places.set(key, it);
    else if (await it.genuine) {
      report.wrong.push(said("two heads", { place: it.place }));
      return;
    }
  }
}

// What was signed and is another one now: between which places, and since when.
function tellChanged(report, same, [first]) {
  if (!first) return;
  const good = Number(same.filter((it) => it.place < first.place).at(-1)?.place ?? 0);
  report.until = Math.min(report.until, good);
  report.wrong.push(said("changed", { first: good + 1, last: first.place, time: first.time }));
}

// What is proven, and what is newer than that.
function conclude(report, { dealer, hashes, times }) {
  const { until } = report;
  report.newer = hashes.length - until;
  if (until) {
    const parts = { dealer, last: until, begun: times[0], time: times[until - 1] };
    report.proven.push(said("proven", parts));
  } else if (!report.wrong.length) report.open.push(said("no receipt"));
  if (report.newer && !report.wrong.length) {
    report.notes.push(said("newer", { count: report.newer }));
  }
}

// What was found, each with its mark, as the program tells it.
const marked = (report) => [
  ...[...report.wrong, ...report.lost].map((found) => ["✗", found]),
  ...report.proven.map((found) => ["✓", found]),
  ...report.open.map((found) => ["?", found]),
  ...report.notes.map((found) => ["·", found]),
];

// The report in words, Chinese first.
function told(report) {
  const lines = [...VERDICTS[report.verdict], ""];
  for (const [mark, [chinese, english]] of marked(report)) {
    lines.push(`${mark} ${chinese}。`, `  ${english}.`);
  }
  if (report.key) {
    const [chinese, english] = said("its key", { key: report.key });
    lines.push(`! ${chinese}`, `  ${english}`);
  }
  return lines.join("\n");
}
