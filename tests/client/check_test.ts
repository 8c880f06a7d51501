/**
 * @module
 */

import assert from "node:assert/strict";
import { booleanAt, countAt, finiteAt, listAt, objectAt, textAt } from "../../src/client/check.ts";

const checks = { booleanAt, countAt, finiteAt, listAt, objectAt, textAt };

Deno.test("each check lets its own values through and names the place of others", () => {
  const right: Record<keyof typeof checks, unknown[]> = {
    booleanAt: [true, false],
    countAt: [0, 7],
    finiteAt: [0, -1.5],
    listAt: [[], [1]],
    objectAt: [{}, { a: 1 }],
    textAt: ["", "a"],
  };
  const all = [undefined, null, NaN, Infinity, 2 ** 60, ...Object.values(right).flat()];
  const alsoRight = new Map<unknown, string[]>([
    [0, ["countAt", "finiteAt"]],
    [7, ["countAt", "finiteAt"]],
    [2 ** 60, ["finiteAt"]],
  ]);
  for (const [name, check] of Object.entries(checks)) {
    const own = right[name as keyof typeof checks];
    for (const value of all) {
      const fits = own.includes(value) || (alsoRight.get(value)?.includes(name) ?? false);
      if (fits) assert.equal(check({ value, path: "a.b" }), value);
      else {assert.throws(() => check({ value, path: "a.b" }), {
          kind: "protocol",
          path: "a.b",
          message: /^Cannot read the answer as a\.b must be .*: received /,
        });}
    }
  }
});

Deno.test("a list of another length is refused", () => {
  assert.throws(() => listAt({ value: [1], path: "items" }, 2), {
    message:
      "Cannot read the answer as items must hold 2 members, as requested: received a list of 1",
  });
  assert.throws(() => listAt({ value: 1, path: "" }), { message: /as it must be a list/ });
});

Deno.test("whatever is shown is short", () => {
  const received = (value: unknown): string => {
    try {
      booleanAt({ value, path: "a" });
      return "";
    } catch (error) {
      return (error as Error).message.replace(/^.*: received /, "");
    }
  };
  assert.equal(received("x".repeat(10_000)), `'${"x".repeat(40)}...'`);
  assert.equal(received([1, 2]), "a list of 2");
  assert.equal(received({ a: 1 }), "an object");
  assert.equal(received(undefined), "nothing");
});
