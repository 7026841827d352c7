"use strict";
// Signatures, and what holds of a chain or of a head that was signed.

const NOTHING = "0".repeat(64);
const PORTION = 1000; // links that are hashed at once
const DIGITS = whole("digits");
const TIME = whole("time");
const KIND = whole("kind");
// The points of small order: by such a key anybody signs anything, and not all browsers refuse it.
const OF_NOBODY = new Set([
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "00".repeat(32),
  `${"00".repeat(31)}80`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  `01${"00".repeat(30)}80`, // and two that are written as no point is
  `ec${"ff".repeat(31)}`,
]);

// Whether this is the Ed25519 signature of a text by a key: bytes.
async function signed(key, text, signature) {
  const above = key.length === 32 && (key[31] & 127) === 127 && key[0] >= 0xed;
  if (key.length !== 32 || signature.length !== 64) return false;
  if (above && key.slice(1, 31).every((each) => each === 255)) return false;
  if (OF_NOBODY.has(hexOf(key)) || OF_NOBODY.has(hexOf(signature.slice(0, 32)))) return false;
  try {
    const held = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, held, signature, text);
  } catch {
    return false; // no point of the curve
  }
}

// Whether this browser checks signatures at all, by the first example of RFC 8032.
async function canCheck() {
  const key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const signature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b" +
    "d25bf5f0595bbe24655141438e7a100b";
  if (!globalThis.crypto?.subtle) return false;
  return signed(bytesOf(key), new Uint8Array(), bytesOf(signature));
}

class Chain {
  dealer = "";
  hashes = [];
  times = [];
  rules = new Map();
  answers = [];
  papers = new Map();
  told = [];
  fault = null;

  constructor(kinds = new Set()) {
    this.kinds = kinds;
  }

  take(row, hash) {
    if (this.fault) return;
    const place = this.hashes.length + 1;
    const before = this.hashes.at(-1) ?? NOTHING;
    this.fault = this.unreadable(row, place) ?? this.unfit(row, place, before, hash);
    if (this.fault) return;
    const [dealer, , time, kind, told, , own] = row;
    this.dealer = dealer;
    this.hashes.push(own);
    this.times.push(time);
    for (const [, sort, number, words] of told.includes('"rules" : "') ? all("rules", told) : []) {
      const key = `${sort}\0${number}`;
      if (!this.rules.has(key)) this.rules.set(key, new Map());
      if (!this.rules.get(key).has(words)) this.rules.get(key).set(words, place);
    }
    if (this.kinds.has(kind)) this.told.push([place, kind, told]);
    if (kind === "agreement") {
      for (const [, event, number] of all("answer", told)) {
        this.answers.push({ event, number, place, time });
      }
    } else if (kind === "document") {
      for (const [, paper] of all("paper", told)) {
        if (!this.papers.has(paper)) this.papers.set(paper, place);
      }
    }
  }

  unreadable(row, place) {
    const [dealer, number, time, kind] = row;
    const reads =
      row.length === COLUMNS.length && DIGITS.test(dealer) && DIGITS.test(number) &&
      TIME.test(time) && KIND.test(kind);
    if (!reads) return said("unreadable", { place });
    if (this.dealer && dealer !== this.dealer) return said("another's", { place });
    if (number === String(place)) return null;
    if (BigInt(number) > place) return said("gap", { first: place, last: BigInt(number) - 1n });
    return said("misplaced", { place });
  }

  unfit(row, place, before, hash) {
    if (row[5] !== before) return said("unlinked", { place });
    if (hash !== row[6]) return said("edited", { place, time: row[2] });
    if (this.times.length && row[2] < this.times.at(-1)) return said("back-dated", { place });
    return null;
  }
}

async function chainOf(text, kinds) {
  const chain = new Chain(kinds);
  const rows = rowsOf(text);
  if (rows.next().value.join() !== COLUMNS.join()) chain.take([]);
  for (let portion = []; !chain.fault; portion = []) {
    for (let row = rows.next(); !row.done; row = rows.next()) {
      if (portion.push(row.value) === PORTION) break;
    }
    if (!portion.length) break;
    // Each names the hash before it, so that all are hashed at once, and then held together.
    const hashes = await Promise.all(
      portion.map((row) => {
        const words = ["portal-link/1", ...row.slice(0, 5)].join("|");
        const before = /^[0-9a-f]{64}$/.test(row[5]) ? bytesOf(row[5]) : new Uint8Array();
        return sha256(joined(before, encoder.encode(words)));
      }),
    );
    portion.forEach((row, n) => chain.take(row, hashes[n]));
  }
  return chain;
}

// A signed head of a chain: from a receipt, or (``rooted``) from a day's root with its path.
class Head {
  history = 0;
  lost = false;
  before = null;

  constructor([dealer, place, hash, time, signature], key, rooted = false) {
    Object.assign(this, { dealer, hash, time, signature, key, place: BigInt(place) });
    this.checked = rooted ? Promise.resolve(true) : null;
  }

  get genuine() {
    this.checked ??= signed(
      this.key,
      encoder.encode(`portal-receipt/1 ${this.dealer} ${this.place} ${this.hash} ${this.time}`),
      bytesOf(this.signature),
    );
    return this.checked;
  }
}

const rootedHead = (dealer, place, hash, time) =>
  new Head([dealer, place, hash, time, ""], null, true);

// What the brand states to be lost of a chain.
class Restart {
  constructor([dealer, place, hash, last, lastHash, time, signature]) {
    Object.assign(this, { dealer, hash, lastHash, time, signature });
    this.kept = BigInt(place);
    this.last = BigInt(last);
  }

  genuine(key) {
    const { dealer, kept, hash, last, lastHash, time } = this;
    const words = `portal-restart/1 ${dealer} ${kept} ${hash} ${last} ${lastHash} ${time}`;
    return signed(key, encoder.encode(words), bytesOf(this.signature));
  }

  covers(head) {
    return head.time.slice(0, 19) < this.time.slice(0, 19) || head.before === this;
  }

  heads() {
    const gone = rootedHead(this.dealer, this.last, this.lastHash, this.time);
    gone.before = this;
    return this.kept ? [gone, rootedHead(this.dealer, this.kept, this.hash, this.time)] : [gone];
  }

  get told() {
    const { dealer, last, time } = this;
    return said("lost", { dealer, first: this.kept + 1n, last, time });
  }
}
