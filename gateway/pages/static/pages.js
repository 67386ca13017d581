// Every page: pictures that wait for a hand, and the state of the connection.
"use strict";

// ---- a picture that comes while something is touched or chosen waits until that is over ------------
const holds = []; // each says whether it wants what is seen to stay
let waiting = null;
const isHeld = () => holds.some((wants) => wants());
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  waiting = isHeld() ? event.detail.data : null;
  if (waiting !== null) event.preventDefault();
});
document.addEventListener("htmx:afterRequest", () => { waiting = null; }); // its answer is newer

function release() {
  if (waiting === null || isHeld()) return;
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
