// The touch page: it begins anew when nobody touches it, holds still under a finger, and leaves only for
// a page that is there, as in the hall nobody reloads an error of the browser's.
"use strict";

const ANSWER_MS = 3000;
const idle = document.querySelector("[data-idle]");
let timer = 0;
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
  tell("answer", !isThere);
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
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wait);
holds.push(() => leaving); // what was touched stays what it is
wait();
