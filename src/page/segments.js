// @ts-check
/**
 * Segments: a completion split into the boxes of the heat map. Pure.
 *
 * Offsets count Unicode code points and JavaScript strings count UTF-16 units, so the text is split as a
 * list of code points. Tokens whose spans overlap (such as the tokens of one emoji) share a box, text
 * without tokens is between boxes, and a token without characters has a box of its own, so that every
 * reward is shown.
 *
 * @module
 */

/**
 * One stretch of the completion.
 *
 * @typedef {object} Segment
 * @property {string} text
 * @property {number[]} tokens the tokens that cover it; none for text between tokens
 * @property {number} start in code points
 * @property {number} end
 */

/**
 * A unit that credit was given to.
 *
 * @typedef {object} Unit
 * @property {readonly [number, number]} tokens
 * @property {readonly [number, number]} characters
 */

/**
 * @param {string} completion
 * @param {readonly (readonly number[])[]} offsets per token, in code points
 * @returns {Segment[]} in reading order; their texts joined are the completion
 */
export function segmentsOf(completion, offsets) {
  const points = Array.from(completion);
  /** @type {Segment[]} */
  const segments = [];
  /** @param {Omit<Segment, "text">} range */
  const add = (range) => {
    segments.push({ ...range, text: points.slice(range.start, range.end).join("") });
  };
  let at = 0;
  for (const group of groupsOf(offsets)) {
    if (group.start > at) add({ tokens: [], start: at, end: group.start });
    add(group);
    at = Math.max(at, group.end);
  }
  if (at < points.length) add({ tokens: [], start: at, end: points.length });
  return segments;
}

/**
 * A completion split into units, each of which is one box; text behind the last of them is in none.
 *
 * @param {string} completion
 * @param {readonly Unit[]} units in reading order
 * @returns {Segment[]} their texts joined are the completion
 */
export function blocksOf(completion, units) {
  const points = Array.from(completion);
  /** @type {Segment[]} */
  const blocks = units.map(({ tokens: [first, behind], characters: [start, end] }) => ({
    text: points.slice(start, end).join(""),
    tokens: Array.from({ length: behind - first }, (_, i) => first + i),
    start,
    end,
  }));
  const at = units.at(-1)?.characters[1] ?? 0;
  const rest = { text: points.slice(at).join(""), tokens: [], start: at, end: points.length };
  return at < points.length ? [...blocks, rest] : blocks;
}

/**
 * Groups overlapping tokens.
 *
 * @param {readonly (readonly number[])[]} offsets
 * @returns {{ tokens: number[], start: number, end: number }[]}
 */
function groupsOf(offsets) {
  const spans = offsets.map(([start = 0, end = 0], token) => ({ token, start, end }));
  spans.sort((a, b) => a.start - b.start || a.token - b.token);
  /** @type {{ tokens: number[], start: number, end: number }[]} */
  const groups = [];
  for (const { token, start, end } of spans) {
    const last = groups.at(-1);
    if (last !== undefined && start < last.end) {
      last.tokens.push(token);
      last.end = Math.max(last.end, end);
    } else {
      groups.push({ tokens: [token], start, end });
    }
  }
  return groups;
}
