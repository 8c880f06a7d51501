// @ts-check
/**
 * What is said of the loaded model. Pure.
 *
 * @module
 */

/** @param {any} model as `/v1/models` describes it */
export function modelLine({ name, family, parameters, dtype, device }) {
  return [name, family, `${short(parameters)} parameters`, `${dtype} on ${device}`].join(
    " \u00b7 ",
  );
}

/** @param {any} model as `/v1/models` describes it */
export function limitsOf({ limits }) {
  return `up to ${limits.context.toLocaleString("en")} tokens each`;
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
