// What the role of a key may do. The server decides; this says which buttons are shown.

/** The key of this tab. @typedef {{name: string, role: "reader" | "writer" | "admin"} | null} Caller */

/**
 * Whether a caller may run, cancel and delete. Without a key the server decides: in the development profile, /api
 * needs none.
 *
 * @param {Caller} caller
 */
export const mayWrite = (caller) => caller?.role !== "reader";

/** Whether a caller may store and delete vectors: /v2 always needs a key. @param {Caller} caller */
export const mayStore = (caller) => caller !== null && mayWrite(caller);

/** Whether a caller sees keys, webhooks, metrics and the audit trail. @param {Caller} caller */
export const isAdmin = (caller) => caller?.role === "admin";
