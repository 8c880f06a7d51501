import assert from "node:assert/strict";
import {
  activated,
  activationFields,
  probabilityOf,
  wantsActivation,
} from "../../../src/http/protocols/activation.ts";
import { z } from "zod";

Deno.test("a probability is asked for, and is that of the second of two labels", () => {
  assert.equal(activated(3, false), 3);
  assert.equal(probabilityOf(0), 0.5);
  const [bad, good] = [-1, 0.5];
  const softmax = Math.exp(good) / (Math.exp(good) + Math.exp(bad));
  assert.ok(Math.abs(activated(good - bad, true) - softmax) < 1e-15);
  assert.deepEqual([probabilityOf(-1e4), probabilityOf(1e4)], [0, 1]);
});

Deno.test("a probability is asked for by either name, the newer first", () => {
  const wanted = (body: object) => wantsActivation(z.object(activationFields()).parse(body));
  assert.ok(!wanted({}) && !wanted({ use_activation: null }));
  assert.ok(wanted({ activation: true }));
  assert.ok(!wanted({ activation: true, use_activation: false }));
});
