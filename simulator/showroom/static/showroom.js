// What a page of the showroom does by itself: paper that slides out, a buzzer, an enlarged ticket.

// ---- the paper: a ticket that was not there before slides out; a click enlarges one --------------
const newest = () => Number(document.querySelector(".slip")?.dataset.n ?? 0);
let printed = newest();
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "part-slips") return;
  if (newest() > printed) document.querySelector(".slip").classList.add("new");
  printed = newest();
});
document.addEventListener("click", (event) => {
  const slip = event.target.closest?.(".slips a");
  if (!slip) return;
  event.preventDefault();
  const dialog = document.getElementById("large");
  const image = dialog.querySelector("img");
  image.src = slip.href;
  image.alt = slip.querySelector("img").alt;
  dialog.showModal();
});

// ---- the buzzer: seen each time that it has sounded, heard if somebody wants to hear it ----------
const rung = new Map();
let audio = null; // browsers let a page sound after a click only
const TONES = { thanks: [1760, 0.12], fault: [220, 0.8] }; // Hz, s: as the boxes'
function sound(what) {
  const [pitch, length] = TONES[what] ?? TONES.thanks;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = pitch;
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + length);
}
function listen(place) {
  const now = place.querySelector("[data-sounds]");
  const sounds = Number(now.dataset.sounds);
  const before = rung.get(place.id) ?? sounds;
  rung.set(place.id, sounds);
  if (sounds <= before) return;
  place.classList.add("rang");
  setTimeout(() => place.classList.remove("rang"), 1500);
  if (audio) sound(now.dataset.sound);
}
for (const place of document.querySelectorAll(".buzzer")) listen(place);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.classList.contains("buzzer")) listen(event.target);
});
document.getElementById("sound").addEventListener("click", (event) => {
  const button = event.currentTarget;
  if (audio) audio.close();
  audio = audio ? null : new AudioContext();
  button.textContent = audio ? button.dataset.on : button.dataset.off;
  button.setAttribute("aria-pressed", String(audio !== null));
});

// ---- what could not be done: said until something can --------------------------------------------
function say(text) {
  const message = document.getElementById("message");
  message.textContent = text;
  message.hidden = !text;
}
document.addEventListener("htmx:responseError", (event) => { say(event.detail.xhr.responseText); });
document.addEventListener("htmx:sendError", () => { say(document.body.dataset.notDone); });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) say(""); });
