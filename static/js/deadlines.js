"use strict";
// What is left until a deadline goes down by itself: by the minute, in the last one by the second.
// It is counted on the server's clock. It is said aloud at five minutes and at one, and only then.
{
  const clock = document.getElementById("clock");
  const words = clock.dataset;
  const ahead = Date.parse(words.now) - Date.now();
  const rows = [...document.querySelectorAll("[data-deadline]")].map((field) => ({
    field,
    about: field.dataset.about,
    due: Date.parse(field.dataset.deadline),
    since: Date.parse(field.dataset.since),
    seconds: Infinity,
  }));

  const said = (seconds) => {
    const whole = Math.max(0, seconds);
    const minutes = Math.floor(whole / 60);
    const parts = {
      days: Math.floor(minutes / 1440),
      hours: Math.floor(minutes / 60) % 24,
      minutes: minutes % 60,
      seconds: whole % 60,
    };
    let largest = ["days", "hours", "minutes"].find((name) => parts[name]);
    largest ||= whole ? "seconds" : "minutes";
    return words[largest].replace(/%\((\w+)\)d/g, (_all, name) => parts[name]);
  };

  const show = () => {
    const aloud = [];
    for (const row of rows) {
      const left = row.due - Date.now() - ahead;
      const seconds = Math.floor(left / 1000);
      row.field.textContent = said(seconds);
      const tone = left <= 0 ? "bad" : left < (row.due - row.since) * 0.2 ? "warn" : "ok";
      const line = row.field.closest(".sla");
      for (const place of [line, row.field.closest(".edge")]) {
        place?.classList.remove("ok", "warn", "bad");
        place?.classList.add(tone);
      }
      line.querySelector("[data-tone]").textContent = words[tone];
      // Only what passes while the page is looked at.
      const mark = [60, 300].find((each) => row.seconds > each && seconds <= each);
      if (mark && row.seconds < Infinity) aloud.push(`${row.about}: ${said(mark)}`);
      row.seconds = seconds;
    }
    if (aloud.length) clock.textContent = aloud.join("; ");
  };

  let timer;
  const tick = () => {
    clearTimeout(timer);
    show();
    const running = rows.map((row) => row.seconds).filter((seconds) => seconds >= 0);
    if (running.length === 0) return;
    // The nearest moment at which a row says something else.
    const next = Math.min(...running.map((seconds) => (seconds <= 60 ? 1 : (seconds % 60) + 1)));
    timer = setTimeout(tick, next * 1000);
  };
  tick();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
}
