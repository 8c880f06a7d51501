// @ts-check
/// <reference lib="dom" />
/**
 * Results: the right side of the page. Draws an answer, and draws it again when the view changes.
 *
 * @module
 */

import { Card } from "./card.js";
import { byId } from "./dom.js";
import { drawLegend } from "./legend.js";
import { Readout } from "./readout.js";
import { scaleOf } from "./scale.js";
import { drawScores } from "./scores.js";

/**
 * The view of an answer, which needs no request.
 *
 * @typedef {object} View
 * @property {number} beta
 * @property {import("./scale.js").ScaleKind} scale
 * @property {"given" | "score"} order
 */

/** Draws answers. */
export class Results {
  #readout = new Readout();
  #cards = byId("cards", HTMLOListElement);
  #scores = byId("scores", HTMLOListElement);
  #legend = byId("legend", HTMLElement);
  /** @type {Card[]} */
  #drawn = [];
  /** @type {readonly import("./card.js").Answer[]} */
  #answers = [];

  /**
   * Builds the cards of a new answer; {@linkcode draw} colours them.
   *
   * @param {readonly string[]} completions as they were sent
   * @param {readonly import("./card.js").Answer[]} answers
   */
  show(completions, answers) {
    this.#readout.hide();
    this.#answers = answers;
    this.#drawn = answers.map((answer, index) =>
      new Card({ index, completion: completions[index] ?? "", answer })
    );
    for (const card of this.#drawn) this.#readout.attach(card.source);
    byId("empty", HTMLElement).hidden = true;
    byId("answer", HTMLElement).hidden = false;
  }

  /** @param {View} view */
  draw({ beta, scale: kind, order: wanted }) {
    const values = this.#drawn.map((card) => card.map.valuesAt(card.rewardsAt(beta)));
    const scale = scaleOf(values, kind);
    for (const card of this.#drawn) card.draw({ beta, scale });
    drawLegend(this.#legend, scale);
    this.#arrange(wanted);
    this.#readout.refresh();
  }

  /** Scrolls to the answer where the results are below the form. */
  reveal() {
    if (!matchMedia("(max-width: 60rem)").matches) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    byId("results", HTMLElement).scrollIntoView({ behavior: still ? "auto" : "smooth" });
  }

  /** @param {boolean} busy */
  set busy(busy) {
    byId("results", HTMLElement).setAttribute("aria-busy", String(busy));
  }

  /** @param {"given" | "score"} wanted */
  #arrange(wanted) {
    const scores = this.#answers.map(({ score }) => score);
    const order = scores.map((_, index) => index);
    if (wanted === "score") order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    drawScores(this.#scores, { scores, order, onPick: (index) => this.#goTo(index) });
    const elements = order.flatMap((index) => this.#drawn[index]?.element ?? []);
    const standing = Array.from(this.#cards.children);
    // Moving elements removes the focus, so they only move when the order has changed.
    if (
      elements.some((element, i) => element !== standing[i]) || elements.length !== standing.length
    ) {
      this.#cards.replaceChildren(...elements);
    }
  }

  /** @param {number} index */
  #goTo(index) {
    const card = this.#drawn[index]?.element;
    card?.scrollIntoView({ block: "nearest" });
    card?.focus({ preventScroll: true });
  }
}
