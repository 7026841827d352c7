"use strict";
// Photos leave the phone about as small as the portal keeps them. What cannot be made smaller, and
// whatever is sent before that is done, leaves as it is: the portal makes it anew.
{
  const SIDE = 2000; // pixels
  const SMALL = 500_000; // bytes

  const smaller = async (file) => {
    if (!["image/jpeg", "image/png"].includes(file.type) || file.size <= SMALL) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const paper = canvas.getContext("2d");
      paper.fillStyle = "#fff"; // behind what is transparent
      paper.fillRect(0, 0, canvas.width, canvas.height);
      paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (!made || made.size >= file.size) return file;
      return new File([made], "photo.jpg", { type: made.type });
    } catch {
      return file;
    }
  };

  document.addEventListener("change", async ({ target }) => {
    if (!target.matches('input[type=file][accept*="image/jpeg"]')) return;
    const chosen = [...target.files];
    const made = await Promise.all(chosen.map(smaller));
    const same = chosen.length === target.files.length;
    if (!same || chosen.some((file, place) => file !== target.files[place])) return; // others since
    const files = new DataTransfer();
    for (const file of made) files.items.add(file);
    target.files = files.files;
  });
}
