// Keys of the desk, the state of the connection, and the board's calls, one after the other.
"use strict";

// ---- a picture that comes while something is touched or chosen waits until that is over ------------
const holds = []; // each says whether it wants what is seen to stay
let waiting = null;
const isHeld = () => holds.some((holds_) => holds_());
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  waiting = isHeld() ? event.detail.data : null;
  if (waiting !== null) event.preventDefault();
});
document.addEventListener("htmx:afterRequest", () => { waiting = null; }); // its answer is newer

function release() {
  if (waiting === null || isHeld()) return;
  const picture = waiting;
  waiting = null;
  keep();
  htmx.swap("#live", picture, { swapStyle: "innerHTML" });
}

// ---- the desk: a key presses the button, or leads to the field, that names it ----------------------
// By the key's place on the keyboard: R is К of a Ukrainian layout. Letters can be switched off, as
// WCAG 2.2, 2.1.4, wants it.
const letters = document.getElementById("letters");
if (letters) {
  const show = () => document.body.classList.toggle("letters", letters.checked);
  letters.checked = localStorage.getItem("letters") !== "off";
  letters.addEventListener("change", () => {
    localStorage.setItem("letters", letters.checked ? "on" : "off");
    show();
  });
  show();
}

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof Element ? event.target : document.body;
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter") {
    if (!at.closest("input, select, textarea, button, a")) press("Enter", event);
    else if (at.id === "to") press("transfer", event);
  } else if (letters?.checked && !at.closest("input:not([type=checkbox]), select, textarea")) {
    press(event.code || `Key${event.key.toUpperCase()}`, event);
  }
});

function press(key, event) {
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  if (!found) return;
  event.preventDefault();
  if (found instanceof HTMLSelectElement) found.focus();
  else found.click();
}

// While a service is chosen for a transfer the list stays open; what was chosen stays chosen.
const CHOOSING_MS = 20_000;
let choosing = 0; // until when
let chosen = null;
const choice = () => document.querySelector(".transfer");
for (const kind of ["pointerdown", "keydown", "focusin"]) {
  document.addEventListener(kind, () => {
    if (!choice()?.matches(":focus-within, :active")) return;
    choosing = Date.now() + CHOOSING_MS;
    setTimeout(release, CHOOSING_MS + 1);
  });
}
document.addEventListener("focusout", () => setTimeout(release, 0));
holds.push(() => Date.now() < choosing && choice()?.matches(":focus-within"));
document.addEventListener("htmx:beforeSwap", keep);
document.addEventListener("htmx:sseBeforeMessage", keep);
document.addEventListener("htmx:afterSwap", () => {
  const form = choice();
  if (!chosen || form?.visit.value !== chosen.visit) return;
  form.service.value = chosen.service;
  form.returns.checked = chosen.returns;
});

function keep() {
  const form = choice();
  chosen = form && {
    visit: form.visit.value, service: form.service.value, returns: form.returns.checked,
  };
}

// ---- the connection: say when it is lost; htmx makes it anew -------------------------------------
const offline = () => document.getElementById("offline");
document.addEventListener("htmx:sseError", () => { offline().hidden = false; });
document.addEventListener("htmx:sseOpen", () => { offline().hidden = true; });
document.addEventListener("htmx:sseMessage", () => { offline().hidden = true; });
document.addEventListener("htmx:sendError", () => { offline().hidden = false; });

// ---- the touch page: it begins anew when nobody touches it, holds still under a finger, and leaves
// ---- only for a page that is there, as in the hall nobody reloads an error of the browser's ---------
const ANSWER_MS = 3000;
const idle = document.querySelector("[data-idle]");
if (idle) {
  let timer = 0;
  let pressed = false;
  let leaving = false; // it was asked for another page
  let passes = false; // the submit event is of `leave`
  const isNew = () => location.pathname + location.search === idle.dataset.begin
    && !document.querySelector("input[type=radio]:checked:not([value='']), form > .message");
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (isNew()) wait();
      else leave(() => location.replace(idle.dataset.begin));
    }, Number(idle.dataset.idle) * 1000);
  };
  const leave = async (go) => {
    leaving = true;
    const signal = AbortSignal.timeout(ANSWER_MS);
    const isThere = await fetch("/static/icon.svg", { method: "HEAD", cache: "no-store", signal })
      .then((answer) => answer.ok, () => false);
    offline().hidden = isThere;
    if (isThere) go();
    leaving = false;
    release();
    wait();
  };
  document.addEventListener("submit", (event) => {
    if (passes) return;
    event.preventDefault();
    if (leaving) return; // a second touch means the first
    leave(() => {
      passes = true;
      event.target.requestSubmit(event.submitter);
      passes = false;
    });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    if (!leaving) leave(() => location.assign(link.href));
  });
  document.addEventListener("pointerdown", () => { pressed = true; wait(); });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => { setTimeout(() => { pressed = false; release(); }, 0); });
  }
  document.addEventListener("keydown", wait);
  holds.push(() => pressed || leaving); // what is touched stays what it is
  wait();
}

// ---- the board: each call is shown and said once, none over another ------------------------------
const SHOWN_MS = 5000;
const board = document.querySelector("body.board");
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

if (board) {
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
}
