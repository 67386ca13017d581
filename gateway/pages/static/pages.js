// Every page: the state of the connection: say when it is lost; htmx makes it anew.
"use strict";

const offline = () => document.getElementById("offline");
document.addEventListener("htmx:sseError", () => { offline().hidden = false; });
document.addEventListener("htmx:sseOpen", () => { offline().hidden = true; });
document.addEventListener("htmx:sseMessage", () => { offline().hidden = true; });
document.addEventListener("htmx:sendError", () => { offline().hidden = false; });
