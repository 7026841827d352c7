// Keeps the place in a lesson's video on the server, so that it goes on there on any device.
const video = document.querySelector("video[data-place]");
const token = document.querySelector("input[name=csrfmiddlewaretoken]");

if (video && token) {
  let kept = -1;

  const keep = () => {
    const seconds = Math.floor(video.currentTime);
    if (seconds === kept) return;
    kept = seconds;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token.value);
    body.append("seconds", seconds);
    // keepalive: the request outlives the page when the learner leaves in the middle.
    fetch(video.dataset.place, { method: "POST", body, keepalive: true }).catch(() => { kept = -1; });
  };

  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - kept) >= 10) keep();
  });
  video.addEventListener("pause", keep);
  window.addEventListener("pagehide", () => { if (video.currentTime > 0) keep(); });
}
