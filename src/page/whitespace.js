// @ts-check
/**
 * Makes invisible characters visible. Pure.
 *
 * @module
 */

/**
 * A stretch of text. A `glyph` replaces invisible characters.
 *
 * @typedef {object} Stretch
 * @property {string} text
 * @property {string} [glyph]
 */

/** @type {Readonly<Record<string, string>>} */
const glyphs = {
  "\n": "\u21b5", // down, then left
  "\r": "\u240d",
  "\t": "\u21e5",
  " ": "\u00b7",
  "\u00a0": "\u237d",
  "\u3000": "\u2423",
};

/** @type {Readonly<Record<string, string>>} */
const names = { " ": "space", "\n": "line break", "\t": "tab", "\u00a0": "no-break space" };

/** Invisible: control, format, separator, lone surrogate, variation selector. */
const invisible = /\p{Cc}|\p{Cf}|\p{Z}|\p{Cs}|\p{Variation_Selector}/u;

/** Part of the visible character before it: joiners, tags of flags, variation selectors. */
const joining = /\u200c|\u200d|[\u{e0020}-\u{e007f}]|\p{Variation_Selector}/u;

/**
 * Splits a text where it needs glyphs. A single space between words needs none; spaces in a row, at the
 * end and on their own have a glyph, as have all invisible characters.
 *
 * @param {string} text of one box
 * @param {{ last?: boolean }} [options] whether nothing follows it
 * @returns {Stretch[]}
 */
export function stretchesOf(text, { last = false } = {}) {
  const points = Array.from(text);
  /** @type {Stretch[]} */
  const stretches = [];
  for (const [i, point] of points.entries()) {
    const alone = point === " " && points[i - 1] !== " " && points[i + 1] !== " ";
    const marked = point === " "
      ? !alone || points.length === 1 || (last && i === points.length - 1)
      : isHidden(point, points.length);
    if (marked) {
      stretches.push({ text: point, glyph: glyphOf(point) });
      continue;
    }
    const before = stretches.at(-1);
    if (before !== undefined && before.glyph === undefined) before.text += point;
    else stretches.push({ text: point });
  }
  return stretches;
}

/**
 * The text with every invisible character as a glyph, for the read-out.
 *
 * @param {string} text
 */
export function spelled(text) {
  const points = Array.from(text);
  return points.map((point) =>
    point === " " ? "\u2423" : isHidden(point, points.length) ? glyphOf(point) : point
  ).join("");
}

/**
 * The name of a text without visible characters, for screen readers.
 *
 * @param {string} text
 * @returns {string | undefined} undefined where the text is visible
 */
export function nameOf(text) {
  if (text === "") return "no characters";
  const points = Array.from(text);
  if (!points.every((point) => point === " " || isHidden(point, 1))) return undefined;
  return points.map((point) => names[point] ?? glyphOf(point)).join(", ");
}

/**
 * @param {string} point
 * @param {number} count of the code points around it, itself included
 */
function isHidden(point, count) {
  return invisible.test(point) && !(count > 1 && joining.test(point));
}

/** @param {string} point */
function glyphOf(point) {
  const code = (point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return glyphs[point] ?? `U+${code}`;
}
