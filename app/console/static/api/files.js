// Files that the browser saves, and texts that it copies.

import { call } from "./calls.js";

/** Save a file. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/**
 * Save what a path answers, which is asked for with the key.
 *
 * @param {string} path
 * @param {string} name of the file
 * @param {string} [accept]
 */
export async function download(path, name, accept = "*/*") {
  save(await (await call("GET", path, { headers: { Accept: accept }, isLong: true })).blob(), name);
}

/**
 * Copy a text to the clipboard.
 *
 * @param {string} text
 * @throws {Error} the browser does not let the page copy
 */
export async function copyText(text) {
  if (!navigator.clipboard) throw new Error("Browsers let only pages with HTTPS copy. Select the text to copy it.");
  await navigator.clipboard.writeText(text);
}
