// @ts-check
/**
 * Draft: everything a visitor has typed and chosen, as one record; what a link to the page carries.
 * Pure; knows no page.
 *
 * @module
 */

/** @typedef {{ role: string, content: string }} Message */

/**
 * @typedef {object} Draft
 * @property {"plain" | "chat"} mode
 * @property {string} prompt
 * @property {Message[]} messages
 * @property {string[]} completions
 * @property {"none" | "left" | "right"} truncate
 * @property {string} method
 * @property {number} beta
 */

/**
 * The request that a draft stands for.
 *
 * @param {Draft} draft
 * @param {{ method: string, beta: number }} credit
 */
export function requestOf({ mode, prompt, messages, completions, truncate }, { method, beta }) {
  const item = mode === "chat" ? { messages, completions } : { prompt, completions };
  return {
    items: [item],
    credit: { method, beta },
    ...(truncate === "none" ? {} : { truncate }),
  };
}

/**
 * Writes a draft for the part of an address behind `#`, which browsers keep to themselves.
 *
 * @param {Draft} draft
 * @returns {string}
 */
export function toHash(draft) {
  const bytes = new TextEncoder().encode(JSON.stringify(draft));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `#${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * Reads what {@linkcode toHash} wrote. Links get cut and edited on their way, so every part is
 * checked and one that does not fit falls back.
 *
 * @param {string} hash
 * @param {Draft} fallback
 * @returns {Draft | undefined} undefined where it holds no draft at all
 */
export function fromHash(hash, fallback) {
  const found = decoded(hash.slice(1));
  if (typeof found !== "object" || found === null) return undefined;
  /** @type {Record<string, unknown>} */
  const record = { ...found };
  const { mode, prompt, messages, completions, truncate, method, beta } = record;
  return {
    mode: mode === "chat" ? "chat" : "plain",
    prompt: typeof prompt === "string" ? prompt : fallback.prompt,
    messages: isListOf(messages, isMessage) ? messages : fallback.messages,
    completions: isListOf(completions, isString) ? completions : fallback.completions,
    truncate: truncate === "left" || truncate === "right" ? truncate : "none",
    method: typeof method === "string" ? method : fallback.method,
    beta: typeof beta === "number" && beta >= 0 && beta <= 1 ? beta : fallback.beta,
  };
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function decoded(text) {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * @template T
 * @param {unknown} value
 * @param {(entry: unknown) => entry is T} test
 * @returns {value is T[]}
 */
function isListOf(value, test) {
  return Array.isArray(value) && value.length > 0 && value.every(test);
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isString(value) {
  return typeof value === "string";
}

/**
 * @param {unknown} value
 * @returns {value is Message}
 */
function isMessage(value) {
  return typeof value === "object" && value !== null && "role" in value && "content" in value &&
    isString(value.role) && isString(value.content);
}
