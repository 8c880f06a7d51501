// @ts-check
/// <reference lib="dom" />
/**
 * The card of one completion: its score, its heat map, and the warnings about its rewards.
 *
 * @module
 */

import { completionAt, rewardsAt } from "./credit.js";
import { letterOf, make } from "./dom.js";
import { HeatMap } from "./heat.js";
import { counted, exact, percent, signed, unsigned } from "./numbers.js";

/** Below this share of the attention the card has a warning. */
const littleMass = 0.1;

/**
 * The reply for one completion in JSON numbers, at beta 1.
 *
 * @typedef {Omit<import("../wire/reply.ts").CompletionReply, "rewards" | "credit"> & { rewards: number[], credit?: number[], isFixed?: boolean }} Answer
 */

/** The card of one completion. */
export class Card {
  #answer;
  #sum = make("span", { class: "sum" });

  /** @param {{ index: number, completion: string, answer: Answer }} options */
  constructor({ index, completion, answer }) {
    const letter = letterOf(index);
    this.#answer = answer;
    const units = blocksOf(answer);
    this.map = new HeatMap({
      index,
      completion,
      offsets: answer.offsets ?? [],
      ...(units === undefined ? {} : { units }),
    });
    const empty = completion === ""
      ? [make("p", { class: "hint" }, ["(an empty completion)"])]
      : [];
    this.element = make(
      "li",
      { class: "card", tabindex: -1, "aria-label": `Completion ${letter}` },
      [
        make("div", { class: "heading" }, [
          make("span", { class: "badge" }, [letter]),
          make("span", { class: "number", title: exact(answer.score) }, [signed(answer.score)]),
          make("span", { class: "hint" }, [sizeOf(answer)]),
        ]),
        ...warningsOf(answer).map((text) => make("p", { class: "warning" }, [text])),
        this.map.element,
        ...empty,
        ...stepsOf(answer),
        ...membersOf(answer),
        make("p", { class: "hint foot" }, [...massOf(answer), this.#sum]),
      ],
    );
  }

  /** The values of the tokens for the read-out. */
  get source() {
    const { credit, token_ids: ids, steps, units } = this.#answer;
    return {
      map: this.map,
      ...(units === undefined ? {} : { isOfUnits: true }),
      ...(steps === undefined ? {} : { steps }),
      ...(credit === undefined ? {} : { shares: credit }),
      ...(ids === undefined ? {} : { ids }),
    };
  }

  /** @param {number} beta */
  rewardsAt(beta) {
    return rewardsAt(this.#answer, beta);
  }

  /** @param {{ beta: number, scale: import("./scale.js").Scale }} view */
  draw({ beta, scale }) {
    const { rewards, offset = 0, residual = 0 } = completionAt(this.#answer, beta);
    this.map.draw(rewards, scale);
    const owner = this.#answer.isFixed ? "no token" : "the prompt";
    this.#sum.textContent = sumOf(rewards, { offset, owner, residual });
  }
}

/**
 * The units with their characters, which those of a process reward model have from their tokens.
 *
 * @param {Answer} answer
 * @returns {import("./segments.js").Unit[] | undefined}
 */
function blocksOf({ units, offsets = [] }) {
  return units?.map(({ tokens, characters }, i) => {
    const start = units[i - 1]?.tokens[1] ?? 0;
    const span =
      /** @type {const} */ ([offsets[start]?.[0] ?? 0, offsets[tokens[1] - 1]?.[1] ?? 0]);
    return { tokens, characters: characters ?? span };
  });
}

/** @param {Answer} answer */
function sizeOf({ rewards, units }) {
  const tokens = counted(rewards.length, "token");
  return units === undefined ? tokens : `${tokens}, ${counted(units.length, "unit")}`;
}

/**
 * @param {readonly number[]} rewards
 * @param {{ offset: number, owner: string, residual: number }} options
 */
function sumOf(rewards, { offset, owner, residual }) {
  if (rewards.length === 0) return "";
  const sum = signed(rewards.reduce((total, reward) => total + reward, 0));
  const rest = offset === 0 ? "" : `, and ${signed(offset)} belongs to ${owner}`;
  const odd = signed(residual);
  const unearned = Number(odd) === 0 ? "" : ` The last token also has ${odd} that none earned.`;
  return `The rewards add up to ${sum}${rest}.${unearned}`;
}

/**
 * What a process reward model says of each step.
 *
 * @param {Answer} answer
 */
function stepsOf({ steps }) {
  if (steps === undefined) return [];
  const scores = steps.map(({ score }, i) =>
    make("span", { title: `step ${i + 1}: ${exact(score)}` }, [unsigned(score)])
  );
  const listed = scores.flatMap((score, i) => i === 0 ? [score] : [", ", score]);
  return [make("p", { class: "hint steps" }, [`${counted(steps.length, "step")}: `, ...listed])];
}

/**
 * What the members of a mixture say, each before its weight.
 *
 * @param {Answer} answer
 */
function membersOf({ members }) {
  if (members === undefined) return [];
  const scores = members.map(({ id, score }) => `${id} ${signed(score)}`).join(", ");
  return [make("p", { class: "hint members" }, [`Members: ${scores}`])];
}

/** @param {Answer} answer */
function massOf({ response_mass: mass }) {
  if (mass === undefined) return [];
  const gauge = make("span", { class: "gauge", "aria-hidden": "true" });
  gauge.style.setProperty("--part", String(mass));
  const title =
    "How much of the model's attention fell on this completion before the shares were renormalised";
  return [
    make("span", { class: "mass", title }, [
      gauge,
      `${percent(mass)} of the attention is on the completion. `,
    ]),
  ];
}

/**
 * @param {Answer} answer
 * @returns {string[]}
 */
function warningsOf({ truncated, dropped, fallback, response_mass: mass }) {
  const warnings = [];
  if (truncated) warnings.push("Truncated: part of the text was dropped to fit the model.");
  if (dropped !== undefined) {
    const places = dropped.map(([start, end]) => `${start} to ${end}`).join(", ");
    warnings.push(`The chat template leaves out characters ${places}, which are not scored.`);
  }
  if (fallback !== undefined) {
    warnings.push(
      `No attention fell on this completion, so the method fell back to ${fallback} shares.`,
    );
  } else if (mass !== undefined && mass < littleMass) {
    warnings.push(`Little to go by: the shares come from only ${percent(mass)} of the attention.`);
  }
  return warnings;
}
