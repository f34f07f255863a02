// How far the renderer is, while it is at work; at its end the page shows the new clips.

const EVERY = 1000;
const box = document.getElementById("progress");
const bar = document.getElementById("made");
const told = document.getElementById("told");
const button = document.querySelector("form .primary");
let wasBusy = box.dataset.busy === "true";

async function look() {
  let now;
  try {
    now = await (await fetch(box.dataset.url)).json();
  } catch {
    setTimeout(look, EVERY);
    return;
  }
  bar.max = now.wanted;
  bar.value = now.made;
  box.hidden = !now.busy;
  button.disabled = now.busy;
  told.textContent = now.busy ? `Clips are being made: ${now.made} of ${now.wanted} are fresh.` : now.told;
  if (now.busy) setTimeout(look, EVERY);
  else if (wasBusy) location.reload();
  wasBusy = now.busy;
}

look();
