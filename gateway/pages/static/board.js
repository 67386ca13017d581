// The board: each call is shown and said once, none over another.
"use strict";

const SHOWN_MS = 5000;
const board = document.body;
let day = "";
let told = 0; // the newest call that was taken up
let sound = false;
const calls = [];
let saying = false;

function newCalls() {
  const today = document.querySelector("[data-day]")?.dataset.day ?? "";
  const all = [...document.querySelectorAll("#calls li")].map((one) => Number(one.dataset.n));
  const newest = Math.max(0, ...all);
  if (today !== day) { // a board that has just been opened does not say what is over
    day = today;
    told = newest;
  }
  calls.push(...all.filter((n) => n > told));
  told = Math.max(told, newest);
  if (!saying) sayNext();
}

async function sayNext() {
  const n = calls.shift();
  saying = n !== undefined;
  if (!saying) return;
  mark(n, true);
  const shown = new Promise((done) => setTimeout(done, SHOWN_MS));
  if (sound) {
    await play("/board/chime.wav");
    await play(`/board/call/${n}.wav?lang=${document.documentElement.lang}`);
  }
  await shown;
  mark(n, false);
  sayNext();
}

function mark(n, now) {
  board.dataset.now = now ? String(n) : "";
  for (const row of document.querySelectorAll("tr[data-call]")) {
    row.classList.toggle("now", now && row.dataset.call === String(n));
  }
}

function play(url) {
  return new Promise((done) => {
    const audio = new Audio(url);
    audio.addEventListener("ended", done);
    audio.addEventListener("error", done);
    audio.play().catch(done);
  });
}

newCalls();
document.addEventListener("htmx:afterSwap", () => {
  newCalls();
  if (board.dataset.now) mark(Number(board.dataset.now), true);
});
const button = document.getElementById("sound"); // browsers let a page sound after a click only
button.addEventListener("click", () => {
  sound = true;
  button.hidden = true;
  play("/board/chime.wav");
});
