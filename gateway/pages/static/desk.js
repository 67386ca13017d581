// The desk: a key presses the button, or leads to the field, that names it; a list that is open stays.
"use strict";

// By the key's place on the keyboard: R is К of a Ukrainian layout. Letters can be switched off, as
// WCAG 2.2, 2.1.4, wants it.
const letters = document.getElementById("letters");
const showLetters = () => document.body.classList.toggle("letters", letters.checked);
letters.checked = localStorage.getItem("letters") !== "off";
letters.addEventListener("change", () => {
  localStorage.setItem("letters", letters.checked ? "on" : "off");
  showLetters();
});
showLetters();

document.addEventListener("keydown", (event) => {
  const at = event.target instanceof Element ? event.target : document.body;
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter") {
    if (!at.closest("input, select, textarea, button, a")) press("Enter", event);
    else if (at.id === "to") press("transfer", event);
  } else if (letters.checked && !at.closest("input:not([type=checkbox]), select, textarea")) {
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
let before = 0; // the same, before a swap: htmx gives the focus back, which is no choosing
let chosen = null;
const choice = () => document.querySelector(".transfer");
for (const kind of ["pointerdown", "keydown", "focusin"]) {
  document.addEventListener(kind, () => {
    if (!choice()?.matches(":focus-within, :active")) return;
    choosing = performance.now() + CHOOSING_MS;
    setTimeout(release, CHOOSING_MS + 1);
  });
}
document.addEventListener("focusout", () => setTimeout(release, 0));
holds.push(() => performance.now() < choosing && choice()?.matches(":focus-within"));
for (const kind of ["htmx:beforeSwap", "htmx:sseBeforeMessage", "pages:beforeSwap"]) {
  document.addEventListener(kind, keep);
}
document.addEventListener("htmx:afterSwap", () => {
  choosing = before;
  const form = choice();
  if (!chosen || form?.visit.value !== chosen.visit) return;
  form.service.value = chosen.service;
  form.returns.checked = chosen.returns;
});

function keep() {
  before = choosing;
  const form = choice();
  chosen = form && {
    visit: form.visit.value, service: form.service.value, returns: form.returns.checked,
  };
}
