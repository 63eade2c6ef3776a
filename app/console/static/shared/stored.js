// What a form holds, kept in the tab so that "back" and a reload find it.

import { useCallback, useEffect, useState } from "../vendor/preact.js";

const WRITTEN_AFTER_MS = 300;

/**
 * State that the tab keeps (sessionStorage) under a name.
 *
 * @template {object} T
 * @param {string} name
 * @param {T} initial
 * @returns {[T, (changes: Partial<T>) => void]} the second changes some members
 */
export function useStored(name, initial) {
  const [value, setValue] = useState(() => ({ ...initial, ...read(name) }));
  useEffect(() => {
    const write = () => {
      try {
        sessionStorage.setItem(name, JSON.stringify(value));
      } catch {
        sessionStorage.removeItem(name); // too large: the form works on, "back" does not find it
      }
    };
    const timer = setTimeout(write, WRITTEN_AFTER_MS);
    return () => {
      clearTimeout(timer);
      write();
    };
  }, [value]);
  const change = useCallback(
    (/** @type {Partial<T>} */ changes) => setValue((/** @type {T} */ old) => ({ ...old, ...changes })),
    [],
  );
  return [value, change];
}

/** @param {string} name */
function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "{}");
  } catch {
    return {};
  }
}

/** Return the number of a field, or undefined if it is empty. @param {string} text */
export const numeric = (text) => (text.trim() === "" ? undefined : Number(text));

/** Return the tags of a field: they are separated by commas. @param {string} text */
export function tagsOf(text) {
  const tags = text.split(",").map((tag) => tag.trim());
  return tags.filter(Boolean);
}

/**
 * Return a handler of a field's events that passes on what was typed or chosen.
 *
 * @param {(text: string) => void} take
 */
export const typed = (take) => (/** @type {any} */ event) => take(event.target.value);
