// Where the window is scrolled to: the top of a new page, and the old place of one that is gone back to.

/** So long a slow server may take for what a page loads; whoever scrolls, types or points ends the wait. */
const WAIT_MS = 30_000;

let turn = 0;

/** Note how far the page is scrolled, in the entry of the history that is about to be left. */
export function noteScroll() {
  turn += 1; // the next page is not scrolled to the place of this one
  history.replaceState({ scrolled: window.scrollY }, "");
}

/** Scroll to where the present entry of the history was left, as soon as what loads there is long enough. */
export function restoreScroll() {
  const own = (turn += 1);
  const wanted = Number(history.state?.scrolled ?? 0);
  const end = performance.now() + WAIT_MS;
  const stop = () => {
    turn += 1;
  };
  for (const event of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    window.addEventListener(event, stop, { once: true, passive: true });
  }
  const attempt = () => {
    if (own !== turn) return;
    window.scrollTo(0, wanted);
    const isThere = window.scrollY >= wanted - 1;
    if (!isThere && performance.now() < end) requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}

/** Take scrolling over from the browser, which scrolls before a page has loaded what it shows. */
export function keepScroll() {
  history.scrollRestoration = "manual";
  window.addEventListener("pagehide", noteScroll);
  if (history.state?.scrolled) restoreScroll();
}
