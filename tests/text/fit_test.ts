import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import type { TokenizedSample } from "../../src/text/tokenized_sample.ts";
import { fit } from "../../src/text/fit.ts";
import { goldenTokenizer, readGolden } from "./golden.ts";

/** `head` special tokens, a prompt from 100 on, a completion from 200 on, closing from 300 on. */
function sample(
  head: number,
  prompt: number,
  completion: number,
  closing: number,
): TokenizedSample {
  const run = (from: number, length: number) => Array.from({ length }, (_, at) => from + at);
  const start = head + prompt;
  return {
    ids: Int32Array.from([
      ...run(1, head),
      ...run(100, prompt),
      ...run(200, completion),
      ...run(300, closing),
    ]),
    prompt: [head, start],
    completion: [start, start + completion],
    offsets: run(0, completion).map((at) => [at, at + 1]),
    completionLength: completion,
  };
}

function kindOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AbacusError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return "no error";
}

Deno.test("what fits stays whole", () => {
  for (const truncation of ["none", "left", "right"] as const) {
    const fitted = fit(sample(1, 3, 4, 2), { context: 10, pooling: "last", truncation });
    assert.deepEqual([...fitted.ids], [1, 100, 101, 102, 200, 201, 202, 203, 300, 301]);
    assert.deepEqual(fitted.closing, [8, 10]);
    assert.equal(fitted.truncated, false);
  }
});

Deno.test("without truncation the error says the length and the limit", () => {
  assert.equal(
    kindOf(() => fit(sample(1, 3, 4, 2), { context: 9, pooling: "last", truncation: "none" })),
    "too_long: Cannot encode as the model reads at most 9 tokens: received 10",
  );
});

Deno.test("the left loses the start of the prompt and keeps what stands before it", () => {
  const fitted = fit(sample(1, 3, 4, 2), { context: 8, pooling: "last", truncation: "left" });
  assert.deepEqual([...fitted.ids], [1, 102, 200, 201, 202, 203, 300, 301]);
  assert.deepEqual(fitted.completion, [2, 6]);
  assert.deepEqual(fitted.closing, [6, 8]);
  assert.equal(fitted.offsets.length, 4);
  assert.equal(fitted.truncated, true);
});

Deno.test("a completion that alone is too long is refused on the left", () => {
  const whole = fit(sample(1, 3, 4, 2), { context: 7, pooling: "last", truncation: "left" });
  assert.deepEqual([...whole.ids], [1, 200, 201, 202, 203, 300, 301]);
  assert.match(
    kindOf(() => fit(sample(1, 3, 4, 2), { context: 6, pooling: "last", truncation: "left" })),
    /^too_long: .*completion with its special tokens alone .* the 6 tokens .*: received 7$/,
  );
});

Deno.test("the right loses the end of the completion and keeps what closes it", () => {
  const fitted = fit(sample(1, 3, 4, 2), { context: 8, pooling: "last", truncation: "right" });
  assert.deepEqual([...fitted.ids], [1, 100, 101, 102, 200, 201, 300, 301]);
  assert.deepEqual(fitted.completion, [4, 6]);
  assert.deepEqual(fitted.offsets, [[0, 1], [1, 2]]);
  assert.equal(fitted.completionLength, 4);
  assert.deepEqual(fitted.pool, [7]);
  assert.equal(fitted.truncated, true);
});

Deno.test("a prompt that leaves nothing of the completion is refused on the right", () => {
  for (const completion of [4, 0]) {
    assert.match(
      kindOf(() =>
        fit(sample(1, 3, completion, 2), {
          context: 6 - (completion === 0 ? 1 : 0),
          pooling: "last",
          truncation: "right",
        })
      ),
      /^too_long: .*prompt with its special tokens fills the . tokens .*: received 6$/,
    );
  }
});

Deno.test("encoders pool the first token, causal families the last", () => {
  const whole = sample(1, 3, 4, 2);
  assert.deepEqual(fit(whole, { context: 99, pooling: "first", truncation: "none" }).pool, [0]);
  assert.deepEqual(fit(whole, { context: 99, pooling: "last", truncation: "none" }).pool, [9]);
});

Deno.test("a text that is closed keeps its end token on either side", () => {
  const closing = { pooling: "last", end: 9 } as const;
  const left = fit(sample(1, 3, 4, 0), { ...closing, context: 7, truncation: "left" });
  assert.deepEqual([...left.ids], [1, 102, 200, 201, 202, 203, 9]);
  const right = fit(sample(1, 3, 4, 0), { ...closing, context: 7, truncation: "right" });
  assert.deepEqual([...right.ids], [1, 100, 101, 102, 200, 201, 9]);
  assert.deepEqual([right.completion, right.closing, right.pool], [[4, 6], [6, 7], [6]]);
  assert.ok(left.truncated && right.truncated);
});

Deno.test("the end token of a completion is not lost with the completion's end", () => {
  const ended = { ...sample(1, 2, 4, 0), ids: Int32Array.of(1, 100, 101, 200, 201, 202, 9) };
  const options = { pooling: "last", truncation: "right", end: 9 } as const;
  assert.deepEqual([...fit(ended, { ...options, context: 7 }).ids], [...ended.ids]);
  const cut = fit(ended, { ...options, context: 6 });
  assert.deepEqual([...cut.ids], [1, 100, 101, 200, 201, 9]);
  // It is appended anew, so it closes the text and is none of the completion's tokens.
  assert.deepEqual([cut.completion, cut.closing, cut.offsets.length], [[3, 5], [5, 6], 2]);
});

Deno.test("the token that closes a text counts among those that must fit", () => {
  const options = { pooling: "last", truncation: "none", end: 9 } as const;
  assert.equal(fit(sample(1, 3, 4, 0), { ...options, context: 9 }).ids.length, 9);
  assert.match(
    kindOf(() => fit(sample(1, 3, 4, 0), { ...options, context: 8 })),
    /^too_long: .*: received 9$/,
  );
});

Deno.test("truncation fills the context exactly and loses only what it may", () => {
  const sizes = fc.nat({ max: 12 });
  const anySide = fc.constantFrom("left" as const, "right" as const);
  fc.assert(fc.property(
    sizes,
    sizes,
    sizes,
    sizes,
    fc.integer({ min: 1, max: 40 }),
    anySide,
    (head, prompt, completion, closing, context, truncation) => {
      const whole = sample(head, prompt, completion, closing);
      const rest = truncation === "left" ? whole.ids.length - prompt : head + prompt + closing + 1;
      let fitted;
      try {
        fitted = fit(whole, { context, pooling: "last", truncation });
      } catch (error) {
        assert.ok(error instanceof AbacusError && error.kind === "too_long");
        assert.ok(rest > context);
        return;
      }
      assert.equal(fitted.ids.length, Math.min(context, whole.ids.length));
      assert.equal(fitted.truncated, whole.ids.length > context);
      const own = fitted.ids.slice(...fitted.completion);
      assert.ok(own.every((id, at) => id === 200 + at));
      assert.equal(own.length, fitted.offsets.length);
      if (truncation === "left") assert.equal(own.length, completion);
      assert.ok(fitted.ids.slice(...fitted.closing).every((id, at) => id === 300 + at));
      assert.equal(fitted.closing[1] - fitted.closing[0], closing);
      assert.ok(fitted.ids.slice(0, head).every((id, at) => id === 1 + at));
    },
  ));
});

Deno.test("the ids and types of a pair that remain are those that transformers keeps", async () => {
  const { pair_truncation: cases } = readGolden();
  assert.ok(cases.length >= 6);
  for (const { tokenizer, side, context, prompt, completion_text: completion, ...want } of cases) {
    const loaded = await goldenTokenizer(tokenizer, { context, input: "pair", types: 2 });
    const [encoding] = await loaded.encode([{ kind: "plain", prompt, completion }], side);
    assert.ok(encoding !== undefined && !(encoding instanceof Error), String(encoding));
    assert.deepEqual([...encoding.ids], want.ids, `${tokenizer} ${side}`);
    assert.deepEqual([...encoding.types!], want.types, `${tokenizer} ${side}`);
    assert.equal(encoding.truncated, true);
  }
});

Deno.test("the ids that remain are those that transformers keeps", async () => {
  const { truncation: cases } = readGolden();
  assert.ok(cases.length >= 8);
  for (const { tokenizer, side, context, prompt, completion_text: completion, ids } of cases) {
    const loaded = await goldenTokenizer(tokenizer, { context });
    const [encoding] = await loaded.encode([{ kind: "plain", prompt, completion }], side);
    assert.ok(encoding !== undefined && !(encoding instanceof Error), String(encoding));
    assert.deepEqual([...encoding.ids], ids, `${tokenizer} ${side}`);
    assert.equal(encoding.truncated, true);
  }
});
