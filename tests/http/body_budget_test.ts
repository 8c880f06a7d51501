import assert from "node:assert/strict";
import fc from "fast-check";
import { BodyBudget } from "../../src/http/body_budget.ts";

Deno.test("a share holds the most that it has claimed, until it is disposed of", () => {
  const budget = new BodyBudget(100);
  const share = budget.share();
  share.claim(30);
  share.claim(60);
  share.claim(10);
  assert.equal(budget.bytes, 60);
  share[Symbol.dispose]();
  share[Symbol.dispose]();
  assert.equal(budget.bytes, 0);
});

Deno.test("what others hold cannot be claimed; a refused claim changes nothing", () => {
  const budget = new BodyBudget(100);
  const [one, two] = [budget.share(), budget.share()];
  one.claim(60);
  two.claim(40);
  assert.throws(() => two.claim(41), {
    kind: "overloaded",
    tooMany: true,
    retryAfterS: 1,
    message: "Cannot read the request as the bodies of others hold 60 of 100 bytes " +
      "(--max-bodies-mb): received 41",
  });
  assert.equal(budget.bytes, 100);
  one[Symbol.dispose]();
  two.claim(100);
  assert.equal(budget.bytes, 100);
});

Deno.test("whatever is claimed and given back, the sum holds and the bound too", () => {
  const step = fc.record({ who: fc.nat(4), bytes: fc.nat(60), end: fc.boolean() });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const budget = new BodyBudget(100);
    const shares = Array.from({ length: 5 }, () => ({ share: budget.share(), held: 0 }));
    for (const { who, bytes, end } of steps) {
      const each = shares[who]!;
      if (end) {
        each.share[Symbol.dispose]();
        each.held = 0;
      } else {
        try {
          each.share.claim(bytes);
          each.held = Math.max(each.held, bytes);
        } catch {
          assert.ok(budget.bytes - each.held + bytes > 100);
        }
      }
      assert.equal(budget.bytes, shares.reduce((sum, { held }) => sum + held, 0));
      assert.ok(budget.bytes <= 100);
    }
  }));
});
