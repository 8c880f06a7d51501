/**
 * @module
 */

import assert from "node:assert/strict";
import { factsOf } from "../../src/scorer/facts.ts";
import { readModels, readReadiness } from "../../src/client/models.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";
import { modelsReply } from "../../src/wire/models.ts";
import { fakeModel } from "../support/fake_model.ts";

const right = () => structuredClone(modelsReply([factsOf(fakeModel())], defaultWireLimits));

Deno.test("what the server writes is read", () => {
  assert.deepEqual(readModels(right()), right().data);
});

Deno.test("every field that is missing or of another type is found", () => {
  const [model] = right().data;
  assert.ok(model !== undefined);
  for (const field of Object.keys(model)) {
    // Mixtures have no rule of their own.
    for (const value of [...field === "pooled" ? [] : [undefined], null, [null]]) {
      const reply = { object: "list", data: [{ ...model, [field]: value }] };
      assert.throws(() => readModels(reply), {
        kind: "protocol",
        path: new RegExp(`data\\[0\\]\\.${field}`),
      });
    }
  }
  for (const field of Object.keys(model.limits)) {
    const limits = { ...model.limits, [field]: "many" };
    assert.throws(() => readModels({ data: [{ ...model, limits }] }), {
      path: `data[0].limits.${field}`,
    });
  }
  for (const reply of [null, [], {}, { data: {} }, { data: [3] }]) {
    assert.throws(() => readModels(reply), { kind: "protocol" });
  }
});

Deno.test("a newer server may have another device, other methods and more fields", () => {
  const [model] = right().data;
  assert.ok(model !== undefined);
  const method = { name: "new", summary: "A new method", source: "a paper", signed: true };
  const newer = { ...model, device: "npu", credit_methods: [method], shards: 2 };
  assert.deepEqual(readModels({ object: "list", data: [newer] }), [newer]);
});

Deno.test("readiness is a word, also one that only a newer server knows", () => {
  for (const status of ["ready", "loading", "failed", "draining", "of_a_newer_server"]) {
    assert.equal(readReadiness({ status }), status);
  }
  for (const reply of [{}, { status: 3 }, null, "ready"]) {
    assert.throws(() => readReadiness(reply), { kind: "protocol" });
  }
});
