// Plays the package of a lesson, and sends on what it reports: see training/scorm.
const place = document.querySelector("[data-package]");
const token = document.querySelector("input[name=csrfmiddlewaretoken]");

if (place) {
  const { begin, report, trial } = place.dataset;
  const buttons = [...place.querySelectorAll("[data-begin-package]")];
  const stage = place.querySelector("[data-frame]"); // where several parts play one after another
  const words = place.querySelector("[data-said]");
  const forward = document.getElementById("finish");
  const SOON = 3000; // milliseconds
  let frame = null;
  let part = 1;
  let from = "null";
  let opening = 0;
  let number = 0;
  let newest = null; // what the package said last, and the portal has not kept yet
  let sending = null;
  let waiting = 0;
  let held = 0; // until when nothing is sent: too much was, and some packages ask again at once
  let closing = false;
  let stopped = false; // another page reports now, or the attempt is over

  const say = (sentence) => { words.textContent = sentence; };

  function form(values) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token.value);
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    return body;
  }

  async function open(button) {
    for (const each of buttons) each.disabled = true;
    // What could not be said yet is said first: it would be lost with its frame.
    if (frame && !(await leave())) {
      for (const each of buttons) each.disabled = false;
      return;
    }
    const next = Number(button.dataset.beginPackage);
    let opened;
    try {
      if (trial) {
        opened = JSON.parse(trial)[next - 1];
      } else {
        const answer = await fetch(begin, { method: "POST", body: form({ part: next }) });
        opened = await answer.json();
        if (!answer.ok) {
          say(opened.said);
          for (const each of stage ? buttons : []) each.disabled = false;
          return;
        }
      }
    } catch {
      say(place.dataset.unreached);
      for (const each of buttons) each.disabled = false;
      return;
    }
    part = next; // not before it is open: until then the frame of the one before speaks
    number = 0;
    newest = null;
    stopped = false;
    for (const each of buttons) each.disabled = each === button;
    opening = opened.opening;
    // Without an origin of its own, a frame is nobody.
    const apart = opened.flags.includes("allow-same-origin");
    from = apart ? new URL(opened.address).origin : "null";
    frame = document.createElement("iframe");
    frame.className = "package";
    frame.title = button.dataset.title ?? place.dataset.title;
    frame.setAttribute("sandbox", opened.flags);
    frame.setAttribute("allow", "autoplay; fullscreen");
    frame.referrerPolicy = "no-referrer";
    frame.name = JSON.stringify(opened.state);
    frame.src = opened.address;
    if (stage) stage.replaceChildren(frame);
    else button.replaceWith(frame);
    frame.focus();
  }

  async function send({ leaving = false } = {}) {
    clearTimeout(waiting);
    waiting = 0;
    if (trial || stopped || newest === null || (sending && !leaving)) return;
    if (!leaving && Date.now() < held) {
      waiting = setTimeout(send, held - Date.now());
      return;
    }
    const told = newest;
    newest = null;
    number += 1;
    const body = form({ part, opening, number, said: JSON.stringify(told.said), ended: told.ended ? "1" : "" });
    // keepalive: the report outlives the page; browsers let no more than 64 KB do so.
    const keepalive = leaving && new Blob([JSON.stringify(told.said)]).size < 60000;
    sending = fetch(report, { method: "POST", body, keepalive });
    try {
      const answer = await sending;
      const said = await answer.json();
      if (!said.stale) say(said.said);
      const claim = place.querySelector(`[data-claim="${part}"]`);
      if (claim && said.claim) claim.textContent = said.claim;
      stopped = said.over === true;
      if (said.again) {
        newest ??= told; // the last word stays until it is heard
        held = Date.now() + 5 * SOON;
      } else {
        frame.contentWindow.postMessage({ scorm: answer.ok || said.stale ? "kept" : "broken" }, "*");
      }
    } catch {
      newest ??= told; // nobody answered, or a page to sign in did
      say(place.dataset.unreached);
      frame.contentWindow?.postMessage({ scorm: "broken" }, "*");
      waiting = setTimeout(send, 5 * SOON);
    } finally {
      sending = null;
    }
    if (newest !== null && !waiting) await send();
  }

  window.addEventListener("message", (event) => {
    if (!frame || event.origin !== from) return;
    // A page that is being closed has no window any more.
    if (event.source !== frame.contentWindow && !(closing && event.source === null)) return;
    const { scorm, said } = event.data ?? {};
    if (!["said", "commit", "ended"].includes(scorm) || typeof said !== "object") return;
    newest = { said, ended: scorm === "ended" || (newest?.ended ?? false) };
    if (trial) say(place.dataset.tried);
    if (scorm === "said") waiting ||= setTimeout(send, SOON);
    else send();
  });

  for (const each of buttons) each.addEventListener("click", () => open(each));
  window.addEventListener("pagehide", () => send({ leaving: true }));
  // Many packages say goodbye when their page is closed, which the page around it has to outlive.
  function close() {
    return new Promise((closed) => {
      setTimeout(closed, 2000);
      frame.addEventListener("load", () => setTimeout(closed, 300), { once: true });
      frame.src = "about:blank";
    });
  }

  // Lets a part say its last word; whether it was heard, or nobody has to hear it.
  async function leave() {
    closing = true;
    await close();
    while (sending) await sending.catch(() => {}).then(() => new Promise(setTimeout));
    await send();
    closing = false;
    return trial || stopped || newest === null;
  }

  forward?.addEventListener("submit", async (event) => {
    if (!frame) return;
    event.preventDefault();
    await leave();
    forward.submit();
  });
}
