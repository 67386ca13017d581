// A page with #live: its pictures never go back, and wait for a hand.
"use strict";

// ---- what is seen never goes back: looks at the office are numbered, as the answer to a click and a
// picture may overtake each other on their ways; a picture that comes while something is pressed or
// chosen waits until that is over
const holds = []; // each says whether it wants what is seen to stay
let waiting = null;
let shown = 0; // or waiting
const isHeld = () => holds.some((wants) => wants());
const isOld = (look) => {
  if (look >= shown) shown = look;
  return look < shown;
};
for (const kind of ["htmx:sseError", "htmx:sseOpen"]) {
  document.addEventListener(kind, () => { shown = 0; }); // a gateway that has started counts anew
}
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (event.detail.type === "over") { // the session, the ticket or the desk: what there is now, the page says
    event.preventDefault();
    location.reload();
    return;
  }
  const old = isOld(Number(event.detail.lastEventId));
  if (!old) waiting = isHeld() ? event.detail.data : null;
  if (old || waiting !== null) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const look = event.detail.xhr.getResponseHeader("x-look");
  if (look !== null && isOld(Number(look))) {
    event.detail.swapOverride = "none"; // but for a refusal
    show(); // who has clicked has chosen
  } else if (event.detail.shouldSwap) {
    waiting = null;
  }
});

function release() {
  if (!isHeld()) show();
}

function show() {
  if (waiting === null) return;
  const picture = waiting;
  waiting = null;
  document.dispatchEvent(new Event("pages:beforeSwap"));
  htmx.swap("#live", picture, { swapStyle: "innerHTML" });
}

// ---- what is pressed stays until it has heard its click: a click is a press and a release of the same
// thing. Of a release outside of the window nobody is told.
const MOST_MS = 10_000;
const CLICK_MS = 50; // a touch's click comes a moment after its release
const pressed = new Map(); // by pointer, and the space bar: the timer that ends it
holds.push(() => pressed.size > 0);
const hold = (what, ms) => {
  clearTimeout(pressed.get(what));
  pressed.set(what, setTimeout(() => {
    pressed.delete(what);
    release();
  }, ms));
};
const letGo = (what) => { if (pressed.has(what)) hold(what, CLICK_MS); };
document.addEventListener("pointerdown", (event) => {
  if (event.button === 0) hold(event.pointerId, MOST_MS);
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, (event) => letGo(event.pointerId));
}
document.addEventListener("keydown", (event) => {
  if (event.repeat) { // a key that is held down clicks once
    if (["Enter", " "].includes(event.key) && event.target.closest?.("button")) event.preventDefault();
  } else if (event.key === " ") {
    hold(" ", MOST_MS);
  }
});
document.addEventListener("keyup", (event) => { if (event.key === " ") letGo(" "); });
