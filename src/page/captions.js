// @ts-check
/**
 * One-line descriptions of the loaded model and of an answer. Pure.
 *
 * @module
 */

import { letterOf } from "./dom.js";
import { counted, signed } from "./numbers.js";

/** @typedef {import("../wire/models.ts").ModelsReply["data"][number]} Model */

/** @param {Model} model */
export function modelLine({ id, family, members, score_rule: rule, parameters, dtype, device }) {
  // Of a mixture the rule is the sum of its members.
  const kind = members === undefined ? family : rule;
  return [id, kind, `${short(parameters)} parameters`, `${dtype} on ${device}`].join(
    " \u00b7 ",
  );
}

/** @param {Model} model */
export function limitsOf({ context }) {
  return `up to ${context.toLocaleString("en")} tokens each`;
}

/**
 * The cost of an answer, and whose answer it is where that could be another's.
 *
 * @param {import("./api.js").Reply} reply
 * @param {{ isChosen: boolean }} options
 */
export function timingOf({ model, usage, timing_ms: timing }, { isChosen }) {
  const { tokens, computed_tokens: computed } = usage;
  const shared = computed < tokens ? `, ${computed.toLocaleString("en")} computed` : "";
  const cost = `${counted(tokens, "token")}${shared} \u00b7 ${timing.inference.toFixed(1)} ms`;
  return isChosen ? `${model} \u00b7 ${cost}` : cost;
}

/**
 * An answer in one sentence, for screen readers.
 *
 * @param {readonly { score: number }[]} answers
 */
export function summaryOf(answers) {
  const scores = answers.map(({ score }, i) => `${letterOf(i)} ${signed(score)}`);
  return `Scored ${counted(answers.length, "completion")}: ${scores.join(", ")}`;
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
