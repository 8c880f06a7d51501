/**
 * The contract of credit methods, over the whole registry: what `src/credit/method.ts` promises.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { assignCredit, SUM_TOLERANCE } from "../../src/credit/assign.ts";
import type { CreditMethod } from "../../src/credit/method.ts";
import { payTokens } from "../../src/credit/pay.ts";
import { creditMethods } from "../../src/credit/registry.ts";
import {
  answersTo,
  assigned,
  assignedAndChecked,
  beta,
  blocks,
  choices,
  type Given,
  givens,
  identity,
  inputsOf,
} from "../credit/given.ts";

for (const method of Object.values<CreditMethod>(creditMethods)) {
  Deno.test(`${method.name}: rewards and offset add up to the score, whatever beta, sign, length and units`, () => {
    fc.assert(
      fc.property(givens, beta, (given, beta) => {
        const { rewards, offset = 0 } = assigned(method, given, beta);
        const paid = total(rewards) + offset;
        const tolerance = SUM_TOLERANCE * Math.max(1, Math.abs(given.score));
        assert.ok(Math.abs(paid - given.score) <= tolerance, `${paid} != ${given.score}`);
      }),
      { numRuns: 500 },
    );
  });

  Deno.test(`${method.name}: one reward per paid token, and a share for each where there are shares`, () => {
    fc.assert(fc.property(givens, beta, (given, beta) => {
      const { rewards, shares } = assignedAndChecked(method, given, beta);
      const tokens = given.units.paid.at(-1)?.[1] ?? 0;
      assert.equal(rewards.length, tokens);
      assert.ok(rewards.every(Number.isFinite));
      if (shares === undefined) return;
      assert.equal(shares.length, tokens);
      assert.ok(shares.every((share) => share >= 0));
      if (shares.length > 0) assert.ok(Math.abs(total(shares) - 1) < 1e-9);
    }));
  });

  Deno.test(`${method.name}: without units the whole score is the offset`, () => {
    const nothing: Given = {
      score: -2.5,
      units: identity(0),
      attention: new Float64Array(0),
      prefixScores: new Float64Array(0),
      promptScore: 1,
      attribution: new Float64Array(0),
    };
    const credit = assignedAndChecked(method, nothing, 0.8);
    assert.equal(credit.rewards.length, 0);
    assert.equal(credit.offset, -2.5);
  });

  Deno.test(`${method.name}: beta 0 pays everything to the last token`, () => {
    fc.assert(fc.property(givens, (given) => {
      fc.pre(given.units.count > 0);
      const { rewards, offset = 0 } = assignedAndChecked(method, given, 0);
      assert.ok(rewards.subarray(0, -1).every((reward) => reward === 0));
      assert.ok(rewards.at(-1) === given.score);
      assert.ok(offset === 0);
    }));
  });

  Deno.test(`${method.name}: all but the last reward are in proportion to beta`, () => {
    fc.assert(fc.property(givens, beta, (given, beta) => {
      const [whole, part] = [1, beta].map((each) => assigned(method, given, each).rewards);
      for (const [i, reward] of whole!.subarray(0, -1).entries()) {
        const gap = Math.abs(part![i]! - beta * reward);
        assert.ok(gap <= 1e-9 * Math.max(1, Math.abs(reward)), `${part![i]} of ${reward}`);
      }
    }));
  });

  Deno.test(`${method.name}: a unit's tokens are paid what it earned, however it is paid, and nothing is lost`, () => {
    fc.assert(fc.property(givens, beta, choices, (given, beta, choice) => {
      const { units, score } = given;
      const inputs = inputsOf(given);
      const credit = method.assign(answersTo(method.plan(inputs), given), { inputs, beta });
      const { rewards, offset = 0 } = payTokens(credit, units, choice);
      const size = Math.abs(score) + rewards.reduce((sum, each) => sum + Math.abs(each), 0);
      const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, size);
      assert.ok(near(total(rewards) + offset, total(credit.earned) + credit.rest + offset));
      if (typeof choice.unit === "object") return; // a window's units lie over each other
      for (const [unit, [start, end]] of units.paid.entries()) {
        const rest = unit === units.count - 1 ? credit.rest : 0;
        assert.ok(near(total(rewards.subarray(start, end)), credit.earned[unit]! + rest));
      }
    }));
  });

  Deno.test(`${method.name}: units of one token are paid what tokens are, to the last bit`, () => {
    fc.assert(fc.property(givens, beta, (given, beta) => {
      const tokens = given.units.parts.at(-1)?.[1] ?? 0;
      const [one, other] = [identity(tokens), blocks(tokens, 1)].map((units) =>
        assigned(method, { ...given, units }, beta)
      );
      assert.deepEqual(one, other);
    }));
  });

  Deno.test(`${method.name}: the completion itself is asked first, and all queries can be answered`, () => {
    fc.assert(fc.property(givens, (given) => {
      const inputs = inputsOf(given);
      const plan = [...method.plan(inputs)];
      assert.deepEqual([plan[0]?.ids, plan[0]?.pool], [inputs.ids, inputs.pool]);
      for (const { ids, pool, rows, measure } of plan) {
        const positions = [...pool, ...rows];
        assert.ok(pool.length > 0 && positions.every((at) => at >= 0 && at < ids.length));
        for (const each of [pool, rows]) assert.deepEqual(each, each.toSorted((a, b) => a - b));
        assert.equal(new Set(measure).size, measure.length);
      }
      assert.deepEqual([...method.plan(inputs)], plan, "another plan for the same completion");
    }));
  });

  Deno.test(`${method.name}: answers are only read, and the same ones give the same credit`, () => {
    fc.assert(fc.property(givens, (given) => {
      const inputs = inputsOf(given);
      const answers = answersTo(method.plan(inputs), given);
      const before = structuredClone([answers, inputs.ids]);
      const credit = assignCredit(method, answers, { inputs, beta: 0.8 });
      assert.deepEqual([answers, inputs.ids], before);
      assert.deepEqual(assignCredit(method, answers, { inputs, beta: 0.8 }), credit);
    }));
  });

  if (!method.signed) {
    Deno.test(`${method.name}: no token's reward has another sign than the score`, () => {
      fc.assert(fc.property(givens, beta, (given, beta) => {
        const { rewards } = assignedAndChecked(method, given, beta);
        assert.ok(rewards.every((reward) => reward * Math.sign(given.score) >= 0));
      }));
    });
  }
}

function total(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
