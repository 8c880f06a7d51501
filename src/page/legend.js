// @ts-check
/// <reference lib="dom" />
/**
 * The legend: the numbers of the colours.
 *
 * @module
 */

import { make } from "./dom.js";
import { signed } from "./numbers.js";
import { valueAt } from "./scale.js";

/** The strengths at which the legend has numbers, with the sign of the colour. */
const marks = [-1, -0.5, 0, 0.5, 1];

/**
 * @param {HTMLElement} place
 * @param {import("./scale.js").Scale} scale
 */
export function drawLegend(place, scale) {
  const digits = scale.most === 0
    ? 0
    : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(scale.most))));
  const values = marks.map((mark) =>
    signed(Math.sign(mark) * valueAt(Math.abs(mark), scale), digits)
  );
  place.setAttribute(
    "aria-label",
    `Colours from ${values[0]} (orange) over 0 to ${values.at(-1)} (blue)`,
  );
  place.replaceChildren(
    make("span", { class: "ramp" }),
    make("span", { class: "ticks" }, values.map((value) => make("span", {}, [value]))),
  );
}
