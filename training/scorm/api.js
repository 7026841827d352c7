/* The interface that a SCORM package looks for, on its own window.
 *
 * The page plays in a frame that is a stranger to the portal. The frame's name brings in what the
 * portal knows (see attempts.py), and keeps it while the package goes from page to page; what the
 * package says goes to the lesson's page as a message, which sends it on.
 */
(() => {
  "use strict";

  const portal = window.parent;

  // A stranger has no storage; asking for it would end many a package's script.
  const shelf = () => {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size;
      },
    };
  };
  for (const place of ["localStorage", "sessionStorage"]) {
    try {
      void window[place];
    } catch {
      let value;
      try {
        value = portal[place]; // of the page around, if that is the package's own
      } catch {
        value = shelf();
      }
      Object.defineProperty(window, place, { value, configurable: true });
    }
  }
  try {
    void document.cookie;
  } catch {
    Object.defineProperty(document, "cookie", { get: () => "", set: () => {}, configurable: true });
  }

  let state;
  try {
    state = JSON.parse(window.name);
  } catch {
    return; // a frame of the package's own
  }
  if (portal === window || state?.portal !== "scorm") return;

  const { elements, given, values } = state;
  const old = state.version === "1.2";
  const portalOrigin = state.origin;
  let here = false; // whether this page has begun, which another one may have done before
  let broken = false; // whether the portal could not keep the last report
  let last = "0";
  let announced = false;

  const TEXTS = old
    ? {
        0: "No error", 101: "General exception", 201: "Invalid argument error",
        202: "Element cannot have children", 203: "Element not an array - cannot have count",
        301: "Not initialized", 401: "Not implemented error",
        402: "Invalid set value, element is a keyword", 403: "Element is read only",
        404: "Element is write only", 405: "Incorrect data type",
      }
    : {
        0: "No Error", 101: "General Exception", 102: "General Initialization Failure",
        103: "Already Initialized", 104: "Content Instance Terminated",
        111: "General Termination Failure", 112: "Termination Before Initialization",
        113: "Termination After Termination", 122: "Retrieve Data Before Initialization",
        123: "Retrieve Data After Termination", 132: "Store Data Before Initialization",
        133: "Store Data After Termination", 142: "Commit Before Initialization",
        143: "Commit After Termination", 201: "General Argument Error",
        301: "General Get Failure", 351: "General Set Failure", 391: "General Commit Failure",
        401: "Undefined Data Model Element", 402: "Unimplemented Data Model Element",
        403: "Data Model Element Value Not Initialized",
        404: "Data Model Element Is Read Only", 405: "Data Model Element Is Write Only",
        406: "Data Model Element Type Mismatch",
        407: "Data Model Element Value Out Of Range",
        408: "Data Model Dependency Not Established",
      };
  const CODES = old
    ? { again: 101, over: 101, argument: 201, unknown: 401, index: 201, twice: 201, keyword: 402,
        readOnly: 403, writeOnly: 404, type: 405, range: 405, commit: 101 }
    : { again: 103, over: 104, argument: 201, unknown: 401, index: 351, twice: 351, keyword: 404,
        readOnly: 404, writeOnly: 405, type: 406, range: 407, commit: 391, first: 408,
        unset: 403 };

  const fail = (code, answer = "false") => {
    last = String(code);
    return answer;
  };
  const done = (answer = "true") => {
    last = "0";
    return answer;
  };

  // What goes over the page's edge: at once what must not be lost, the rest with the next breath.
  function tell(kind) {
    window.name = JSON.stringify(state);
    const said = {};
    for (const [name, value] of Object.entries(values)) {
      if (elements[plain(name)].k) said[name] = value;
    }
    portal.postMessage({ scorm: kind, said }, portalOrigin);
  }

  function tellSoon() {
    if (announced) return;
    announced = true;
    queueMicrotask(() => {
      announced = false;
      tell("said");
    });
  }

  const plain = (name) =>
    name.includes(".n.") ? "" : name.replace(/\.(0|[1-9]\d{0,3})(?=\.)/g, ".n");

  /* How many there are of an array, like cmi.objectives. */
  function count(array) {
    const start = `${array}.`;
    let most = 0;
    for (const name of Object.keys(values)) {
      if (name.startsWith(start)) most = Math.max(most, 1 + parseInt(name.slice(start.length), 10));
    }
    return most;
  }

  function children(parent) {
    const start = `${plain(`${parent}.`)}`.replace(/\.$/, "") + ".";
    const found = new Set();
    for (const name of Object.keys(elements)) {
      if (!name.startsWith(start)) continue;
      const [first, second] = name.slice(start.length).split(".");
      found.add(first === "n" ? second : first);
    }
    return [...found].filter((name) => name && name !== "_version");
  }

  const isArray = (parent) =>
    Object.keys(elements).some((name) => name.startsWith(`${plain(`${parent}.`)}n.`));

  /* Whether each number in a name is at most one more than there are already. */
  function reaches(name, more) {
    for (const match of name.matchAll(/\.(0|[1-9]\d{0,3})(?=\.)/g)) {
      const there = count(name.slice(0, match.index));
      if (Number(match[1]) > there - 1 + more) return false;
    }
    return true;
  }

  function get(name) {
    if (name === "") return fail(old ? CODES.argument : 301, "");
    const keyword = /^(.+)\.(_children|_count|_version)$/.exec(name);
    if (keyword && !elements[name]) {
      const [, parent, word] = keyword;
      if (word === "_children") {
        const found = parent.includes(".") || !old ? children(parent) : [];
        if (found.length) return done(found.join(","));
        return fail(elements[plain(parent)] && old ? 202 : old ? 401 : 301, "");
      }
      if (word === "_count") {
        if (isArray(parent)) return done(String(count(parent)));
        return fail(old ? (elements[plain(parent)] ? 203 : 401) : 301, "");
      }
    }
    const element = elements[plain(name)];
    if (!element) return fail(CODES.unknown, "");
    if (element.a === "w") return fail(CODES.writeOnly, "");
    if (!reaches(name, 0)) return fail(old ? 201 : 301, "");
    if (Object.hasOwn(values, name)) return done(values[name]);
    if (Object.hasOwn(given, name)) return done(given[name]);
    return old ? done("") : fail(CODES.unset, "");
  }

  function set(name, value) {
    if (name === "") return fail(old ? CODES.argument : 351);
    if (/\.(_children|_count|_version)$/.test(name)) return fail(CODES.keyword);
    const element = elements[plain(name)];
    if (!element) return fail(CODES.unknown);
    if (element.a === "r") return fail(CODES.readOnly);
    if (value.length > (element.l ?? 255)) return fail(CODES.type);
    if (element.p !== undefined && !new RegExp(`^(?:${element.p})$`).test(value)) {
      return fail(CODES.type);
    }
    if (element.low !== undefined && value !== "") {
      const number = Number(value);
      if (number < element.low || number > (element.high ?? Infinity)) return fail(CODES.range);
    }
    if (!reaches(name, 1) || Object.keys(values).length >= 3000) return fail(CODES.index);
    const [, array, rest] = /^(cmi\.(?:objectives|interactions)\.\d+)\.(.+)$/.exec(name) ?? [];
    if (array && !old) {
      if (rest !== "id" && !Object.hasOwn(values, `${array}.id`)) return fail(CODES.first);
      const start = array.replace(/\d+$/, "");
      const twice = (other) =>
        other !== name && other.startsWith(start) && /^\d+\.id$/.test(other.slice(start.length)) &&
        values[other] === value;
      if (rest === "id" && start === "cmi.objectives." && Object.keys(values).some(twice)) {
        return fail(CODES.twice);
      }
    }
    if (values[name] !== value) {
      values[name] = value;
      tellSoon();
    }
    return done();
  }

  /* The code for a call before the beginning or after the end, of the function's own kind. */
  function closed(before, after) {
    if (state.phase === "running") return 0;
    if (old) return 301;
    return state.phase === "over" ? after : before;
  }

  const text = (value) => (value === undefined || value === null ? "" : String(value));

  function initialize(argument) {
    if (text(argument) !== "") return fail(CODES.argument);
    if (here && state.phase === "running") return fail(CODES.again);
    if (here && state.phase === "over") return fail(CODES.over);
    here = true;
    state.phase = "running";
    tell("said");
    return done();
  }

  function finish(argument) {
    if (text(argument) !== "") return fail(CODES.argument);
    const code = closed(112, 113);
    if (code) return fail(code);
    here = true;
    state.phase = "over";
    tell("ended");
    return done();
  }

  function commit(argument) {
    if (text(argument) !== "") return fail(CODES.argument);
    const code = closed(142, 143);
    if (code) return fail(code);
    tell("commit");
    return broken ? fail(CODES.commit) : done();
  }

  function getValue(name) {
    const code = closed(122, 123);
    return code ? fail(code, "") : get(text(name));
  }

  function setValue(name, value) {
    const code = closed(132, 133);
    return code ? fail(code) : set(text(name), text(value));
  }

  const errorString = (code) => TEXTS[text(code)] ?? "";
  const diagnostic = (code) => TEXTS[text(code) || last] ?? "";
  const api = old
    ? {
        LMSInitialize: initialize, LMSFinish: finish, LMSGetValue: getValue,
        LMSSetValue: setValue, LMSCommit: commit, LMSGetLastError: () => last,
        LMSGetErrorString: errorString, LMSGetDiagnostic: diagnostic,
      }
    : {
        Initialize: initialize, Terminate: finish, GetValue: getValue, SetValue: setValue,
        Commit: commit, GetLastError: () => last, GetErrorString: errorString,
        GetDiagnostic: diagnostic, version: "1.0",
      };
  const name = old ? "API" : "API_1484_11";
  window[name] = api;

  // Packages look in their parents, most of them there alone, and the real one tells them nothing.
  const above = { [name]: api, opener: null, closed: false, length: 0, name: "" };
  above.parent = above.self = above.window = above;
  for (const silent of ["postMessage", "close", "focus", "blur"]) above[silent] = () => {};
  Object.defineProperty(window, "parent", { value: above, writable: true, configurable: true });

  window.addEventListener("message", (event) => {
    if (event.source === portal && event.origin === portalOrigin && event.data?.scorm) {
      broken = event.data.scorm === "broken";
    }
  });
})();
