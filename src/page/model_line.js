// @ts-check
/**
 * What is said of the loaded model. Pure.
 *
 * @module
 */

/** @typedef {import("../wire/models.ts").ModelsReply["data"][number]} Model */

/** @param {Model} model */
export function modelLine({ id, family, parameters, dtype, device }) {
  return [id, family, `${short(parameters)} parameters`, `${dtype} on ${device}`].join(
    " \u00b7 ",
  );
}

/** @param {Model} model */
export function limitsOf({ context }) {
  return `up to ${context.toLocaleString("en")} tokens each`;
}

/** @param {number} count */
function short(count) {
  const units = /** @type {const} */ ([[1e9, "B"], [1e6, "M"], [1e3, "k"]]);
  const [size, unit] = units.find(([size]) => count >= size) ?? [1, ""];
  const value = count / size;
  return `${value >= 100 || size === 1 ? Math.round(value) : value.toFixed(1)}${
    unit && `\u00a0${unit}`
  }`;
}
