// @ts-check
/// <reference lib="dom" />
/**
 * The scores of all completions as bars on one axis.
 *
 * @module
 */

import { letterOf, make } from "./dom.js";
import { signed } from "./numbers.js";

/**
 * @param {HTMLElement} list
 * @param {{ scores: readonly number[], order: readonly number[], onPick: (index: number) => void }} options
 */
export function drawScores(list, { scores, order, onPick }) {
  const [low, high] = [Math.min(0, ...scores), Math.max(0, ...scores)];
  const width = high - low || 1;
  const best = Math.max(...scores);
  const rows = order.map((index) => {
    const score = scores[index] ?? 0;
    const bar = make("span", { class: `bar ${score < 0 ? "negative" : "positive"}` });
    bar.style.setProperty("--from", String((Math.min(0, score) - low) / width));
    bar.style.setProperty("--size", String(Math.abs(score) / width));
    const track = make("span", { class: "track", "aria-hidden": "true" }, [bar]);
    track.style.setProperty("--zero", String(-low / width));
    const button = make("button", { type: "button", class: "score" }, [
      make("span", { class: "badge" }, [letterOf(index)]),
      track,
      make("span", { class: "number" }, [signed(score)]),
      make("span", { class: "behind" }, [behind(score, best, scores.length)]),
    ]);
    button.addEventListener("click", () => onPick(index));
    return make("li", {}, [button]);
  });
  list.replaceChildren(...rows);
}

/**
 * @param {number} score
 * @param {number} best
 * @param {number} count
 */
function behind(score, best, count) {
  if (count === 1) return "";
  return score === best ? "best" : signed(score - best);
}
