// @ts-check
/**
 * Formats numbers. Pure.
 *
 * @module
 */

/** The minus sign, as wide as a plus. */
const minus = "\u2212";

/**
 * @param {number} value
 * @param {number} [digits] behind the point
 * @returns {string} with its sign, as in `+0.314`
 */
export function signed(value, digits = 3) {
  const text = Math.abs(value).toFixed(digits);
  if (value === 0) return "0";
  return (Number(text) === 0 ? "" : value < 0 ? minus : "+") + text;
}

/**
 * @param {number} value
 * @returns {string} with its sign and every digit of float32
 */
export function exact(value) {
  const text = String(Number(Math.abs(value).toPrecision(8)));
  return (value === 0 ? "" : value < 0 ? minus : "+") + text;
}

/**
 * @param {number} value
 * @returns {string} as {@linkcode exact}, without a plus
 */
export function unsigned(value) {
  return exact(value).replace("+", "");
}

/**
 * @param {number} part from 0 to 1
 * @returns {string} as in `12.5 %`
 */
export function percent(part) {
  const value = part * 100;
  const digits = value !== 0 && Math.abs(value) < 10 ? 1 : 0;
  return `${value < 0 ? minus : ""}${Math.abs(value).toFixed(digits)}\u00a0%`;
}

/**
 * @param {number} count
 * @param {string} noun in the singular
 * @returns {string} as in `3 tokens`
 */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
