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
document.addEventListener("htmx:sseOpen", () => { shown = 0; }); // a gateway that has started counts anew
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  const old = isOld(Number(event.detail.lastEventId));
  if (!old) waiting = isHeld() ? event.detail.data : null;
  if (old || waiting !== null) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const look = event.detail.xhr.getResponseHeader("x-look");
  if (look !== null && isOld(Number(look))) {
    event.detail.swapOverride = "none"; // but for a refusal
    show(); // who has clicked has chosen
  } else {
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
let pressed = 0; // since when
holds.push(() => Date.now() - pressed < MOST_MS);
const hold = () => {
  pressed = Date.now();
  setTimeout(release, MOST_MS + 1);
};
const letGo = () => {
  setTimeout(() => {
    pressed = 0;
    release();
  }, CLICK_MS);
};
document.addEventListener("pointerdown", (event) => { if (event.button === 0) hold(); });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, letGo);
document.addEventListener("keydown", (event) => { if (event.key === " " && !event.repeat) hold(); });
document.addEventListener("keyup", (event) => { if (event.key === " ") letGo(); });
