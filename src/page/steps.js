// @ts-check
/// <reference lib="dom" />
/**
 * The targets of arrow keys among boxes of running text.
 *
 * @module
 */

/**
 * @typedef {object} Step
 * @property {string} key as `KeyboardEvent.key` names it
 * @property {readonly Pick<Element, "getBoundingClientRect">[]} boxes in reading order
 * @property {boolean} [rightToLeft]
 */

/**
 * @param {number} from
 * @param {Step} step
 * @returns {number | undefined} the box to go to; undefined for keys that do not move
 */
export function stepFrom(from, { key, boxes, rightToLeft = false }) {
  const forward = rightToLeft ? "ArrowLeft" : "ArrowRight";
  const back = rightToLeft ? "ArrowRight" : "ArrowLeft";
  switch (key) {
    case forward:
      return Math.min(from + 1, boxes.length - 1);
    case back:
      return Math.max(from - 1, 0);
    case "Home":
      return 0;
    case "End":
      return boxes.length - 1;
    case "ArrowDown":
      return lineStep(from, boxes, 1);
    case "ArrowUp":
      return lineStep(from, boxes, -1);
  }
  return undefined;
}

/**
 * The box nearest in the next or the previous line; the same where there is none.
 *
 * @param {number} from
 * @param {readonly Pick<Element, "getBoundingClientRect">[]} boxes
 * @param {1 | -1} direction
 */
function lineStep(from, boxes, direction) {
  const rects = boxes.map((box) => box.getBoundingClientRect());
  const here = rects[from];
  if (here === undefined) return from;
  const beyond = rects.map((rect, i) => ({ rect, i }))
    .filter(({ rect }) => (rect.top - here.top) * direction > here.height / 2);
  const line = Math.min(...beyond.map(({ rect }) => (rect.top - here.top) * direction));
  const centre = ({ left = 0, width = 0 }) => left + width / 2;
  const distance = (/** @type {DOMRect} */ rect) => Math.abs(centre(rect) - centre(here));
  const candidates = beyond
    .filter(({ rect }) => (rect.top - here.top) * direction < line + here.height / 2)
    .sort((a, b) => distance(a.rect) - distance(b.rect));
  return candidates[0]?.i ?? from;
}
