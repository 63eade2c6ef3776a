// Dialogs that are open as long as they are shown.

import { useEffect, useRef } from "../vendor/preact.js";

/** Return a reference for a dialog, which is opened above the page. @returns {{current: HTMLDialogElement | null}} */
export function useModal() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return dialog;
}
