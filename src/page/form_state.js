// @ts-check
/**
 * FormState: everything that a visitor has typed and chosen, and how it is written as a request, as a
 * shell command and as a link. Pure.
 *
 * @module
 */

/** @typedef {{ role: string, content: string }} Message */

/**
 * @typedef {object} FormState
 * @property {string} model the model that is asked; empty for the server's default
 * @property {"plain" | "chat"} mode
 * @property {string} prompt
 * @property {Message[]} messages
 * @property {string[]} completions
 * @property {"none" | "left" | "right"} truncate
 * @property {string} method
 * @property {string} unit what credit is given to, as in `sentence` or `window:5`; empty for the method's own
 * @property {string} pay how a unit is paid: `last`, `spread`, or empty for the method's own
 * @property {number} beta
 */

/**
 * The request of a form.
 *
 * @param {FormState} state
 * @param {number} [beta] in place of the form's
 */
export function requestOf(state, beta = state.beta) {
  const { model, mode, prompt, messages, completions, truncate } = state;
  const item = mode === "chat" ? { messages, completions } : { prompt, completions };
  return {
    ...(model === "" ? {} : { model }),
    items: [item],
    credit: creditOf(state, beta),
    ...(truncate === "none" ? {} : { truncate }),
  };
}

/**
 * @param {Pick<FormState, "method" | "unit" | "pay">} choice
 * @param {number} beta
 */
function creditOf({ method, unit, pay }, beta) {
  const [, window] = /^window:(\d+)$/.exec(unit) ?? [];
  return {
    method,
    beta,
    ...(unit === "" ? {} : { unit: window === undefined ? unit : { window: Number(window) } }),
    ...(pay === "" ? {} : { pay }),
  };
}

/**
 * The command that sends a request.
 *
 * @param {string} url
 * @param {unknown} request the JSON body
 * @param {{ withKey?: boolean }} [options] whether the server needs its key, which the command reads from a variable
 * @returns {string} a command for sh, bash, zsh and similar shells
 */
export function curlOf(url, request, { withKey = false } = {}) {
  const lines = [`curl -sS ${quoted(url)}`, "-H 'Content-Type: application/json'"];
  if (withKey) lines.push('-H "Authorization: Bearer $ABACUS_API_KEY"');
  // Unlike -d, --data-raw does not read a file where the text begins with @.
  lines.push(`--data-raw ${quoted(JSON.stringify(request))}`);
  return lines.join(" \\\n  ");
}

/**
 * Quotes a text for a shell. Between single quotes only the quote itself is special.
 *
 * @param {string} text
 */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Writes a form for the part of an address behind `#`, which browsers do not send to servers.
 *
 * @param {FormState} state
 * @returns {string}
 */
export function toHash(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `#${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * Reads what {@linkcode toHash} wrote. Links may be cut or edited, so every field is checked, and a
 * wrong one is replaced by that of `fallback`.
 *
 * @param {string} hash
 * @param {FormState} fallback
 * @returns {FormState | undefined} undefined where it holds no form at all
 */
export function fromHash(hash, fallback) {
  const found = decoded(hash.slice(1));
  if (typeof found !== "object" || found === null) return undefined;
  /** @type {Record<string, unknown>} */
  const record = { ...found };
  const { model, mode, prompt, messages, completions, truncate, method, unit, pay, beta } = record;
  return {
    model: typeof model === "string" ? model : "",
    mode: mode === "chat" ? "chat" : "plain",
    prompt: typeof prompt === "string" ? prompt : fallback.prompt,
    messages: isListOf(messages, isMessage) ? messages : fallback.messages,
    completions: isListOf(completions, isString) ? completions : fallback.completions,
    truncate: truncate === "left" || truncate === "right" ? truncate : "none",
    method: typeof method === "string" ? method : fallback.method,
    unit: typeof unit === "string" ? unit : fallback.unit,
    pay: pay === "last" || pay === "spread" ? pay : "",
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
