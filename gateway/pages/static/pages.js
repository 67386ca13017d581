// Every page: pictures that wait for a hand, and the state of the connection.
"use strict";

// ---- what is seen never goes back: looks at the office are numbered, as the answer to a click and a
// picture may overtake each other on their ways; a picture that comes while something is touched or
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

// ---- the connection: say when it is lost; htmx makes it anew -------------------------------------
const offline = () => document.getElementById("offline");
document.addEventListener("htmx:sseError", () => { offline().hidden = false; });
document.addEventListener("htmx:sseOpen", () => { offline().hidden = true; });
document.addEventListener("htmx:sseMessage", () => { offline().hidden = true; });
document.addEventListener("htmx:sendError", () => { offline().hidden = false; });
