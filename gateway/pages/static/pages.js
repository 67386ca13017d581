// Every page: what does not come through is said, until something comes through again.
"use strict";

// ---- the connection: a stream, which htmx makes anew, and the answers to clicks ------------------
const missing = new Set();
const tell = (what, isMissing) => {
  if (isMissing) missing.add(what);
  else missing.delete(what);
  document.getElementById("offline").hidden = missing.size === 0;
};
document.addEventListener("htmx:sseError", () => tell("stream", true));
for (const kind of ["htmx:sseOpen", "htmx:sseBeforeMessage"]) {
  document.addEventListener(kind, () => {
    tell("stream", false);
    tell("answer", false);
  });
}
document.addEventListener("htmx:sendError", () => tell("answer", true));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) tell("answer", false);
});

// ---- a browser holds six connections to a host, of all its pages: one that is left but kept for
// "back" gives its stream up, and begins anew when it is come back to
let stream = null;
htmx.createEventSource = (url) => {
  stream = new EventSource(url, { withCredentials: true });
  return stream;
};
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// ---- an answer that is an error: htmx shows nothing of it ----------------------------------------
const failed = document.getElementById("failed"); // not on every page
if (failed) {
  document.addEventListener("htmx:responseError", () => { failed.hidden = false; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) failed.hidden = true;
  });
}
