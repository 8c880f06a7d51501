import assert from "node:assert/strict";
import fc from "fast-check";
import { type FormState, fromHash, requestOf, toHash } from "../../src/page/form_state.js";

const state: FormState = {
  model: "",
  mode: "plain",
  prompt: "The film",
  messages: [{ role: "user", content: "hi" }],
  completions: [" was", " is"],
  truncate: "none",
  method: "abc",
  unit: "",
  pay: "",
  beta: 0.8,
};

Deno.test("a state becomes the request of its mode", () => {
  assert.deepEqual(requestOf(state), {
    items: [{ prompt: "The film", completions: [" was", " is"] }],
    credit: { method: "abc", beta: 0.8 },
  });
  assert.deepEqual(requestOf({ ...state, mode: "chat", truncate: "left", method: "red" }, 1), {
    items: [{ messages: [{ role: "user", content: "hi" }], completions: [" was", " is"] }],
    credit: { method: "red", beta: 1 },
    truncate: "left",
  });
});

Deno.test("a model is named where one was chosen", () => {
  assert.equal(requestOf({ ...state, model: "safe" }).model, "safe");
  assert.ok(!("model" in requestOf(state)));
});

Deno.test("a unit and its pay go with the request where they are chosen", () => {
  const credit = (unit: string, pay: string) => requestOf({ ...state, unit, pay }).credit;
  assert.deepEqual(credit("clause", "spread"), {
    method: "abc",
    beta: 0.8,
    unit: "clause",
    pay: "spread",
  });
  assert.deepEqual(credit("window:5", "").unit, { window: 5 });
});

Deno.test("a link gives back the state that it was made of", () => {
  const text = fc.string({ unit: "binary" });
  const states = fc.record({
    model: text,
    mode: fc.constantFrom("plain", "chat"),
    prompt: text,
    messages: fc.array(fc.record({ role: text, content: text }, { noNullPrototype: true }), {
      minLength: 1,
      maxLength: 3,
    }),
    completions: fc.array(text, { minLength: 1, maxLength: 3 }),
    truncate: fc.constantFrom("none", "left", "right"),
    method: text,
    unit: text,
    pay: fc.constantFrom("last", "spread", ""),
    beta: fc.double({ min: 0, max: 1, noNaN: true }).map((beta) => beta + 0),
  }, { noNullPrototype: true }) as fc.Arbitrary<FormState>;
  fc.assert(fc.property(states, (made) => {
    const hash = toHash(made);
    assert.match(hash, /^#[\w-]*$/);
    assert.deepEqual(fromHash(hash, state), made);
  }));
});

Deno.test("what is no link is no state", () => {
  for (const hash of ["", "#", "#results", "#%", "#bnVsbA", "#MQ", "#x"]) {
    assert.equal(fromHash(hash, state), undefined, hash);
  }
});

Deno.test("a link that was tampered with falls back part by part", () => {
  const odd = fc.jsonValue({ maxDepth: 2 });
  const parts = Object.fromEntries(Object.keys(state).map((key) => [key, odd]));
  fc.assert(fc.property(fc.record(parts, { requiredKeys: [] }), (tampered) => {
    const read = fromHash(toHash(tampered as unknown as FormState), state);
    assert.ok(read !== undefined);
    assert.ok(["plain", "chat"].includes(read.mode));
    assert.ok(["none", "left", "right"].includes(read.truncate));
    assert.ok(
      read.completions.length > 0 && read.completions.every((text) => typeof text === "string"),
    );
    assert.ok(
      read.messages.length > 0 && read.messages.every(({ role }) => typeof role === "string"),
    );
    assert.ok(read.beta >= 0 && read.beta <= 1);
  }));
});
