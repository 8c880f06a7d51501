// @ts-check
/**
 * The strength of colour of a reward, and its inverse for the legend. Pure.
 *
 * @module
 */

/** @typedef {"linear" | "root"} ScaleKind */

/**
 * @typedef {object} Scale
 * @property {ScaleKind} kind
 * @property {number} most the largest magnitude, which has the full colour
 */

/**
 * @param {readonly (readonly number[])[]} values of all boxes, so that they can be compared
 * @param {ScaleKind} kind
 * @returns {Scale}
 */
export function scaleOf(values, kind) {
  let most = 0;
  for (const list of values) for (const value of list) most = Math.max(most, Math.abs(value));
  return { kind, most };
}

/**
 * @param {number} value
 * @param {Scale} scale
 * @returns {number} 0 (no colour) to 1 (full colour)
 */
export function strengthOf(value, { kind, most }) {
  if (most === 0) return 0;
  const part = Math.min(1, Math.abs(value) / most);
  return kind === "root" ? Math.sqrt(part) : part;
}

/**
 * The reward that has a strength: the inverse of {@linkcode strengthOf} on values of 0 and above.
 *
 * @param {number} strength
 * @param {Scale} scale
 */
export function valueAt(strength, { kind, most }) {
  return most * (kind === "root" ? strength * strength : strength);
}
