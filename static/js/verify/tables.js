"use strict";
// Tables of a pack, held against what the links of a chain tell, row by row.

const { BASE, CENTS, HALF_A_CENT, HASHED, LATER, NEVER, YOUNG } = RULES;
const { COUNTED_BY, SCORED, SCORE_COLUMNS, TABLES } = RULES;
const FROM_YEAR_ONE = 719163; // days to 1970
const INSTANT = whole("instant");
const AMOUNT = whole("amount");
const ROUNDED = whole("rounded");
const GUARDED = new RegExp(`^(?:${PATTERNS.guarded})`);

// Which table of a pack a text is, by the columns that it names first; nothing: it is none.
function sortOf(text) {
  const names = new Set(withoutSpace(text).split("\n", 1)[0].replace(/\r+$/, "").split(","));
  const has = ([column]) => column.split("|").every((each) => names.has(each));
  return Object.keys(TABLES).find((sort) => TABLES[sort][2].every(has)) ?? "";
}

async function holdTables(report, chain, tables, made) {
  if (!chain?.times.length) return;
  const earliest = made.reduce((a, b) => (b < a ? b : a), made[0]);
  if (tables.length && made.length) report.notes.push(said("pack", { time: earliest }));
  else if (tables.length) report.open.push(said("no pack"));
  for (const [name, sort, text] of tables) {
    const [wanted, since] = wantedOf(chain, sort);
    const given = await givenOf(sort, [...rowsOf(withoutSpace(text))]);
    tellRows(report, chain, name, sort, wanted, since, given);
    tellMissing(report, chain, name, wanted, given, made);
  }
}

// What the links tell of such a table, and at which places; and since when they tell all.
function wantedOf(chain, sort) {
  const [kind, inner, pairs] = TABLES[sort];
  const wanted = new Map();
  let since = "";
  if (YOUNG.includes(kind)) {
    const young = chain.told.find(([, of]) => YOUNG.includes(of));
    since = young ? instant(chain.times[young[0] - 1]) : NEVER;
  }
  for (const [place, of, words] of chain.told) {
    for (const record of of === kind ? recordsOf(words, inner) : []) {
      if (!pairs.every(([, key]) => Object.hasOwn(record, key) || LATER.includes(key))) {
        // Young ones tell of more than the table has.
        if (!YOUNG.includes(kind)) since = instant(chain.times[place - 1]);
        continue;
      }
      const row = pairs.map(([, key]) => plain(record[key]));
      const key = JSON.stringify(row);
      if (!wanted.has(key)) wanted.set(key, { begins: row[0], places: [] });
      wanted.get(key).places.push(place);
    }
  }
  for (const { places } of wanted.values()) places.reverse(); // the first is taken first
  return [wanted, since];
}

// What a link tells, one after the other; nothing of what cannot be read.
function recordsOf(words, inner) {
  const bare = new RegExp(PATTERNS.bare, "g");
  let read;
  try {
    read = JSON.parse(words.replace(bare, (it) => (it.startsWith('"') ? it : `"${it}"`)));
  } catch {
    return [];
  }
  const records = objectsOf(isObject(read) ? read.told : read);
  if (!inner) return records;
  return records.flatMap((record) =>
    objectsOf(record[inner]).map((each) => ({ number: record.number, ...each })),
  );
}

const isObject = (it) => typeof it === "object" && it !== null && !Array.isArray(it);
const objectsOf = (it) => (Array.isArray(it) ? it.filter(isObject) : []);

// The rows of a table as they are compared, each with its number.
async function givenOf(sort, rows) {
  const given = [];
  for (const [number, row] of rows.entries()) {
    if (!number) continue;
    const size = Math.min(rows[0].length, row.length);
    const cells = new Map(rows[0].slice(0, size).map((column, n) => [column, row[n]]));
    const own = sort === "history" && cells.get("event") === "started";
    if (own && cells.get("registration")) continue;
    const compared = [];
    for (const pair of TABLES[sort][2]) compared.push(await comparedOf(cells, ...pair));
    if (compared[0]) given.push([number + 1, compared]);
  }
  return given;
}

async function comparedOf(cells, column, key) {
  const parts = column.split("|").map((each) => cells.get(each) ?? "");
  const cell = parts.map((each) => (GUARDED.test(each) ? each.slice(1) : each)).join("|");
  if (HASHED.includes(key)) return sha256(encoder.encode(cell));
  return plain(key === "component" ? cell.replace(/-adjustment$/, "") : cell);
}

function tellRows(report, chain, name, sort, wanted, since, given) {
  const named = new Set([...wanted.values()].map((it) => it.begins));
  const last = instant(chain.times.at(-1));
  const dates = [...named].filter((each) => each.startsWith("@"));
  const begun = dates.reduce((a, b) => (b < a ? b : a), instant(chain.times[0]));
  const first = since > begun ? since : begun;
  const later = LATER.includes(TABLES[sort][2].at(-1)[1]);
  const others = sort === "results" ? withoutBase(wanted) : new Map();
  let [fitting, before, newer] = [0, 0, 0];
  const unknown = [];
  for (const [number, row] of given) {
    let places = wanted.get(JSON.stringify(row))?.places ?? [];
    if (!places.length && later) {
      places = wanted.get(JSON.stringify([...row.slice(0, -1), ""]))?.places ?? [];
    }
    if (!places.length && sort === "results") places = rounded(others, row);
    const dated = row[0].startsWith("@");
    if (places.length) {
      places.pop();
      fitting += 1;
    } else if (dated && row[0] > last) newer += 1;
    else if ((dated && row[0] < first) || (!dated && !named.has(row[0]))) before += 1;
    else unknown.push(number);
  }
  if (fitting) report.notes.push(said("rows", { name, count: fitting }));
  if (unknown.length) {
    report.wrong.push(said("row changed", { name, count: unknown.length, row: unknown[0] }));
  }
  if (before) report.open.push(said("rows before", { name, count: before }));
  if (newer) report.notes.push(said("rows newer", { name, count: newer }));
}

const restOf = (row) => JSON.stringify([...row.slice(0, BASE), ...row.slice(BASE + 1)]);

// The bases of results with their places, by all else that is told of them.
function withoutBase(wanted) {
  const others = new Map();
  for (const [key, { places }] of wanted) {
    const row = JSON.parse(key);
    const rest = restOf(row);
    if (!others.has(rest)) others.set(rest, []);
    others.get(rest).push([row[BASE], places]);
  }
  return others;
}

// The places of a result of which packs of before have the base to the cent, and links all.
function rounded(others, row) {
  const cell = row[BASE].match(ROUNDED);
  for (const [base, places] of others.get(restOf(row)) ?? []) {
    const told = base.match(ROUNDED);
    if (!places.length || !told || !cell || (cell[2] ?? "").length > CENTS) continue;
    const [exact, near] = [told, cell].map((it) => BigInt(it[1] + (it[2] ?? "").padEnd(4, "0")));
    const away = exact < near ? near - exact : exact - near;
    if (away <= BigInt(HALF_A_CENT)) return places;
  }
  return [];
}

// What is told and is in no row, though it was there when the table was made.
function tellMissing(report, chain, name, wanted, given, made) {
  const named = new Set(given.map(([, row]) => row[0]));
  const smallest = (a, b) => (b < a ? b : a);
  const until = made.length
    ? made.map(instant).reduce(smallest)
    : [...named].reduce((a, b) => (b > a ? b : a), "");
  const missing = [];
  for (const { begins, places } of wanted.values()) {
    for (const place of places) {
      const there = until.startsWith("@")
        ? instant(chain.times[place - 1]) <= until
        : named.has(begins);
      if (there) missing.push(place);
    }
  }
  if (missing.length) {
    const place = Math.min(...missing);
    report.wrong.push(said("row missing", { name, count: missing.length, place }));
  }
}

// A cell in the one way in which it is compared, however it was written.
function plain(cell) {
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  if (typeof cell !== "string") return "";
  const amount = cell.match(AMOUNT);
  if (!amount) return instant(cell);
  const number = amount[2] ? `${amount[1]}.${amount[2]}` : amount[1];
  return number === "-0" ? "0" : number;
}

// A moment as one that sorts, whatever zone it is told in; any other text as it is.
function instant(text) {
  const it = text.match(INSTANT);
  if (!it) return text;
  const days = numberOf(`${it[1]}-${it[2]}-${it[3]}`);
  if (Number.isNaN(days)) return text;
  const zone = it[8] === "Z" ? "" : it[8].replace(":", "");
  const minutes = zone ? Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)) : 0;
  const away = zone.startsWith("-") ? -minutes : minutes;
  const hours = (days + FROM_YEAR_ONE) * 24 + Number(it[4]);
  const seconds = Math.max(hours * 3600 + (Number(it[5]) - away) * 60 + Number(it[6]), 0);
  return `@${String(seconds).padStart(12, "0")}.${(it[7] ?? "").padEnd(6, "0")}`;
}

// Hold the public scorecard against this dealer's own part of it: none is more than all.
function holdScores(report, chain, scores) {
  for (const text of chain ? scores : []) {
    for (const row of [...rowsOf(withoutSpace(text))].slice(1)) {
      if (row.length >= SCORE_COLUMNS.length && Object.hasOwn(SCORED, row[0])) {
        holdScore(report, chain, row);
      }
    }
  }
}

function holdScore(report, chain, [figure, first, last, count, of]) {
  if (!DIGITS.test(count) || !DIGITS.test(of)) return;
  const [kind, counted, hit] = SCORED[figure];
  let [own, every] = [0, 0];
  for (const [, toldOf, words] of chain.told) {
    for (const record of toldOf === kind ? recordsOf(words, "") : []) {
      const at = plain(record[COUNTED_BY[kind] ?? "at"] ?? record.at);
      if (!(instant(first) <= at && at < instant(last) && has(record, counted))) continue;
      every += 1;
      if (hit && has(record, hit)) own += 1;
    }
  }
  const parts = { figure, first, last, count, of, all: every };
  if (BigInt(every) > BigInt(of) || BigInt(own) > BigInt(count)) {
    report.wrong.push(said("score less", { ...parts, own }));
  } else if (every) report.notes.push(said("score", { ...parts, own: hit ? own : "?" }));
}

// Whether a link tells of each of these one of the values, or anything where none is named.
function has(record, wanted) {
  return Object.entries(wanted).every(([key, values]) => {
    const told = plain(record[key]);
    return values.length ? values.includes(told) : told !== "";
  });
}
