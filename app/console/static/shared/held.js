// A list that is loaded again and again, but does not move under the eyes or the pointer of the one who reads it.

import { useRef, useState } from "../vendor/preact.js";

/**
 * Hold the rows of a list: new contents of the same rows show at once, other rows only when they are asked for.
 *
 * @param {string} path of the list; another one is shown at once
 * @param {any} list what was loaded last, or null
 * @param {(list: any) => string[]} idsOf
 * @returns {{shown: any, added: number, isOld: boolean, show: () => void}} `isOld`: there are other rows by now;
 *     `added`: so many of them are new
 */
export function useHeld(path, list, idsOf) {
  const held = useRef(/** @type {{path: string, list: any}} */ ({ path: "", list: null }));
  const [, redraw] = useState(0);
  const old = held.current.path === path && held.current.list ? idsOf(held.current.list) : [];
  const ids = list ? idsOf(list) : [];
  if (list && (!old.length || String(ids) === String(old))) held.current = { path, list };
  const shown = held.current.path === path ? held.current.list : null;
  const show = () => {
    held.current = { path, list };
    redraw((at) => at + 1);
  };
  const added = shown === list ? 0 : ids.filter((id) => !old.includes(id)).length;
  return { shown, added, isOld: list !== null && shown !== list, show };
}
