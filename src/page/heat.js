// @ts-check
/// <reference lib="dom" />
/**
 * The heat map of one completion: boxes of tokens or of larger units, coloured by reward. It is built once for an answer
 * and recoloured when beta or the scale changes.
 *
 * @module
 */

import { letterOf, make } from "./dom.js";
import { strengthOf } from "./scale.js";
import { blocksOf, segmentsOf } from "./segments.js";
import { nameOf, stretchesOf } from "./whitespace.js";

/** @typedef {import("./segments.js").Segment} Segment */

/**
 * A box, for the read-out.
 *
 * @typedef {object} Box
 * @property {Segment} segment
 * @property {HTMLElement} element
 * @property {number} reward of all its tokens together
 */

/** One completion's text with its boxes. */
export class HeatMap {
  /** @type {Box[]} */
  #boxes;
  /** @type {readonly number[]} */
  #rewards = [];

  /** @param {{ index: number, completion: string, offsets: readonly (readonly number[])[], units?: readonly import("./segments.js").Unit[] }} options */
  constructor({ index, completion, offsets, units }) {
    const segments = units === undefined
      ? segmentsOf(completion, offsets)
      : blocksOf(completion, units);
    const boxes = units === undefined ? "Tokens" : "Units";
    this.#boxes = [];
    this.element = make("p", {
      class: "heat",
      dir: "auto",
      role: "group",
      "aria-label": `${boxes} of completion ${letterOf(index)}; arrow keys move between them`,
    });
    for (const [i, segment] of segments.entries()) {
      const pieces = piecesOf(segment, i === segments.length - 1);
      if (segment.tokens.length === 0) this.element.append(...pieces);
      else this.#boxes.push(this.#boxOf(segment, pieces));
    }
  }

  get boxes() {
    return this.#boxes;
  }

  /** One per token, as drawn. */
  get rewards() {
    return this.#rewards;
  }

  /**
   * @param {readonly number[]} rewards one per token
   * @param {import("./scale.js").Scale} scale
   */
  draw(rewards, scale) {
    this.#rewards = rewards;
    for (const box of this.#boxes) {
      box.reward = rewardOf(box.segment, rewards);
      box.element.style.setProperty("--strength", strengthOf(box.reward, scale).toFixed(4));
      box.element.classList.toggle("negative", box.reward < 0);
      box.element.classList.toggle("positive", box.reward >= 0);
    }
  }

  /**
   * One reward per box, without drawing. The scale covers boxes, since boxes are coloured.
   *
   * @param {readonly number[]} rewards one per token
   */
  valuesAt(rewards) {
    return this.#boxes.map(({ segment }) => rewardOf(segment, rewards));
  }

  /**
   * @param {Segment} segment
   * @param {Node[]} pieces
   * @returns {Box}
   */
  #boxOf(segment, pieces) {
    const first = this.#boxes.length === 0;
    const element = make("span", {
      class: segment.start === segment.end ? "token bare" : "token",
      "role": "button",
      "tabindex": first ? 0 : -1,
      "aria-label": nameOf(segment.text),
    }, pieces);
    this.element.append(element);
    return { segment, element, reward: 0 };
  }
}

/**
 * @param {Segment} segment
 * @param {readonly number[]} rewards
 */
function rewardOf({ tokens }, rewards) {
  return tokens.reduce((sum, token) => sum + (rewards[token] ?? 0), 0);
}

/**
 * The style sheet draws glyphs, so that copying gives the text without them.
 *
 * @param {Segment} segment
 * @param {boolean} last
 * @returns {Node[]}
 */
function piecesOf({ text }, last) {
  return stretchesOf(text, { last }).map(({ text, glyph }) =>
    glyph === undefined
      ? document.createTextNode(text)
      : make("span", { class: "glyph", "data-glyph": glyph }, [text])
  );
}
