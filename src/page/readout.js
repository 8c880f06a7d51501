// @ts-check
/// <reference lib="dom" />
/**
 * The read-out: the exact numbers of the box under the pointer or the focus, shown beside it and spoken.
 * A click or Enter pins it, Escape closes it.
 *
 * @module
 */

import { byId, make } from "./dom.js";
import { counted, exact, percent, unsigned } from "./numbers.js";
import { spelled } from "./whitespace.js";
import { stepFrom } from "./steps.js";

/** @typedef {import("./heat.js").Box} Box */

/**
 * A heat map with the values for the read-out.
 *
 * @typedef {object} Source
 * @property {import("./heat.js").HeatMap} map
 * @property {boolean} [isOfUnits] whether boxes are units of several tokens, shown as one
 * @property {readonly number[]} [shares] one per token
 * @property {readonly number[]} [ids] one per token
 * @property {readonly { end?: number | undefined, score: number }[]} [steps] those of a process reward model
 */

/** The read-out of all heat maps. */
export class Readout {
  #element = byId("readout", HTMLElement);
  #spoken = byId("spoken", HTMLElement);
  /** @type {{ box: Box, source: Source } | undefined} */
  #shown;
  #pinned = false;

  constructor() {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      const inside = target instanceof Element && target.closest(".token, .readout") !== null;
      if (!inside) this.hide();
    });
    globalThis.addEventListener("scroll", () => this.#place(), { passive: true });
    globalThis.addEventListener("resize", () => this.hide());
  }

  /** @param {Source} source */
  attach(source) {
    for (const [i, box] of source.map.boxes.entries()) {
      const show = () => this.#pinned || this.#show(box, source);
      box.element.addEventListener("pointerenter", show);
      box.element.addEventListener("pointerleave", () => this.#pinned || this.#back());
      box.element.addEventListener("focus", () => {
        this.#pinned = false;
        this.#show(box, source);
        this.#spoken.textContent = sentenceOf(box, source);
      });
      box.element.addEventListener("blur", () => this.#pinned || this.hide());
      box.element.addEventListener("click", () => this.#pin(box, source));
      box.element.addEventListener("keydown", (event) => this.#key(event, { source, i }));
    }
  }

  /** Shows the present numbers. */
  refresh() {
    if (this.#shown !== undefined) this.#show(this.#shown.box, this.#shown.source);
  }

  hide() {
    this.#shown = undefined;
    this.#pinned = false;
    this.#element.hidden = true;
    this.#element.classList.remove("pinned");
  }

  /**
   * @param {Box} box
   * @param {Source} source
   */
  #show(box, source) {
    this.#shown = { box, source };
    this.#element.replaceChildren(...contentOf(box, source));
    this.#element.hidden = false;
    this.#place();
  }

  /** Shows the focused token again when the pointer leaves another. */
  #back() {
    const focused = document.activeElement;
    const source = this.#shown?.source;
    const box = source?.map.boxes.find(({ element }) => element === focused);
    if (box !== undefined && source !== undefined) this.#show(box, source);
    else this.hide();
  }

  /**
   * @param {Box} box
   * @param {Source} source
   */
  #pin(box, source) {
    const again = this.#pinned && this.#shown?.box === box;
    this.#pinned = !again;
    this.#show(box, source);
    this.#element.classList.toggle("pinned", this.#pinned);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {{ source: Source, i: number }} place
   */
  #key(event, { source, i }) {
    const { boxes, element } = source.map;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      boxes[i]?.element.click();
      return;
    }
    const rightToLeft = getComputedStyle(element).direction === "rtl";
    const next = stepFrom(i, {
      key: event.key,
      rightToLeft,
      boxes: boxes.map((box) => box.element),
    });
    const target = next === undefined ? undefined : boxes[next]?.element;
    if (target === undefined) return;
    event.preventDefault();
    boxes[i]?.element.setAttribute("tabindex", "-1");
    target.setAttribute("tabindex", "0");
    target.focus();
  }

  /** Under the box (its longest line) where there is room, else above it, inside the window. */
  #place() {
    const rects = Array.from(this.#shown?.box.element.getClientRects() ?? []);
    const rect = rects.sort((a, b) => b.width - a.width)[0];
    if (rect === undefined) return;
    const { offsetWidth: width, offsetHeight: height } = this.#element;
    const { clientWidth, clientHeight } = document.documentElement;
    const gap = 8;
    const left = Math.max(gap, Math.min(rect.left, clientWidth - width - gap));
    const below = rect.bottom + gap;
    const top = below + height > clientHeight ? rect.top - height - gap : below;
    this.#element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

/**
 * @param {Box} box
 * @param {Source} source
 * @returns {Node[]}
 */
function contentOf({ segment, reward }, { map, isOfUnits = false, shares, ids, steps = [] }) {
  const { tokens, start, end } = segment;
  const rows = isOfUnits ? unitRows(tokens, { reward, shares }) : tokens.flatMap((token) => {
    const share = shares?.[token];
    const name = tokens.length === 1 ? "reward" : `token ${token + 1}`;
    return [
      /** @type {const} */ ([name, exact(map.rewards[token] ?? 0)]),
      ...(share === undefined ? [] : [
        /** @type {const} */ (["share", `${percent(share)} (${unsigned(share)})`]),
      ]),
    ];
  });
  if (tokens.length > 1 && !isOfUnits) rows.push(["together", exact(reward)]);
  for (const [i, { end, score }] of steps.entries()) {
    if (end !== undefined && tokens.includes(end)) rows.push([`step ${i + 1}`, exact(score)]);
  }
  const id = isOfUnits ? [] : tokens.map((token) => ids?.[token]).filter((id) => id !== undefined);
  const [first = 0, last = 0] = [tokens[0], tokens.at(-1)];
  const numbers = isOfUnits && last > first
    ? `tokens ${first + 1} to ${last + 1}`
    : `token ${tokens.map((token) => token + 1).join(", ")}`;
  const place = [
    `${numbers} of ${map.rewards.length}`,
    ...(id.length === 0 ? [] : [`id ${id.join(", ")}`]),
    start === end ? `at ${start}` : `characters ${start} to ${end}`,
  ];
  return [
    make("p", { class: "quote" }, [spelled(segment.text) || "(no characters)"]),
    make(
      "dl",
      {},
      rows.flatMap(([name, value]) => [make("dt", {}, [name]), make("dd", {}, [value])]),
    ),
    make("p", { class: "hint" }, [place.join(" \u00b7 ")]),
  ];
}

/**
 * What the tokens of a unit have together.
 *
 * @param {readonly number[]} tokens
 * @param {{ reward: number, shares: readonly number[] | undefined }} of
 * @returns {(readonly [string, string])[]}
 */
function unitRows(tokens, { reward, shares }) {
  const share = tokens.reduce((sum, token) => sum + (shares?.[token] ?? 0), 0);
  return [
    ["reward", exact(reward)],
    ...(shares === undefined
      ? []
      : [/** @type {const} */ (["share", `${percent(share)} (${unsigned(share)})`])]),
  ];
}

/**
 * @param {Box} box
 * @param {Source} source
 */
function sentenceOf({ segment, reward }, { shares }) {
  const { tokens } = segment;
  const together = tokens.length === 1 ? "" : `${counted(tokens.length, "token")} together, `;
  const share = tokens.reduce((sum, token) => sum + (shares?.[token] ?? 0), 0);
  const spread = shares === undefined ? "" : `, share ${percent(share)}`;
  return `${together}reward ${reward < 0 ? "minus " : ""}${unsigned(Math.abs(reward))}${spread}`;
}
