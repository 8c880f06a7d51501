/// <reference lib="dom" />
import assert from "node:assert/strict";
import { stepFrom } from "../../src/page/steps.js";

/** Two lines of three boxes and one of two, as a browser would lay them out. */
const boxes = [[0, 0, 30], [30, 0, 20], [50, 0, 50], [0, 20, 60], [60, 20, 10], [70, 20, 20], [
  0,
  40,
  10,
], [10, 40, 10]]
  .map(([left = 0, top = 0, width = 0]) => ({
    getBoundingClientRect: () => ({ left, top, width, height: 18 }) as DOMRect,
  }));

const steps: readonly [from: number, key: string, to: number | undefined][] = [
  [0, "ArrowRight", 1],
  [7, "ArrowRight", 7],
  [3, "ArrowLeft", 2],
  [0, "ArrowLeft", 0],
  [4, "Home", 0],
  [4, "End", 7],
  [0, "ArrowDown", 3],
  [2, "ArrowDown", 5],
  [5, "ArrowDown", 7],
  [7, "ArrowDown", 7],
  [5, "ArrowUp", 2],
  [6, "ArrowUp", 3],
  [1, "ArrowUp", 1],
  [0, "a", undefined],
  [0, "Tab", undefined],
];

for (const [from, key, to] of steps) {
  Deno.test(`${key} leads from box ${from} to ${to ?? "nowhere"}`, () => {
    assert.equal(stepFrom(from, { key, boxes }), to);
  });
}

Deno.test("in text that runs to the left, left is forward", () => {
  assert.equal(stepFrom(3, { key: "ArrowLeft", boxes, rightToLeft: true }), 4);
  assert.equal(stepFrom(3, { key: "ArrowRight", boxes, rightToLeft: true }), 2);
});
