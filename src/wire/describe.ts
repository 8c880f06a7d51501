/**
 * A value as an error message shows it: short, quoted, cut, and never all of a large one.
 *
 * @module
 */

/** Code points of a text that are shown. */
const SHOWN = 40;

/** Keys of an object that are named. */
const NAMED = 5;

/** Says what `value` is in at most about a hundred characters. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return describeList(value);
  if (typeof value === "object" && value !== null) return describeObject(value);
  return String(value);
}

function quote(text: string): string {
  if (text === "") return "an empty string";
  // Twice as many units hold enough code points, whatever the text is.
  const shown = Array.from(text.slice(0, 2 * SHOWN + 2));
  const cut = shown.length > SHOWN ? `${shown.slice(0, SHOWN).join("")}...` : text;
  // JSON escapes line breaks, control characters and lone surrogates, so that logs stay readable.
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')}'`;
}

function describeList(values: readonly unknown[]): string {
  return values.length === 0 ? "an empty list" : `a list of ${values.length}`;
}

function describeObject(value: object): string {
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  const named = keys.slice(0, NAMED).map((key) => quote(key)).join(", ");
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : "";
  return `an object with ${keys.length === 1 ? "the key" : "the keys"} ${named}${more}`;
}
