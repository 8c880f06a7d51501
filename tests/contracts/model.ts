/**
 * The contract of loaded models, as tests: what `src/model/model.ts` and
 * `src/text/sample_tokenizer.ts` promise to all that score. Models that load from a directory are
 * held to it, and the fake one that other tests build on as well.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { LoadedModel } from "../../src/model/model.ts";
import type { Encoding, Span } from "../../src/text/encoding.ts";
import type { Sample, Truncation } from "../../src/text/sample.ts";

/** A model that is to be held to the contract. */
export interface ModelSubject {
  readonly name: string;
  open(): Promise<LoadedModel>;
}

/** Declares the tests of the contract for one model. */
export function testModel({ name, open }: ModelSubject): void {
  for (const [promise, hold] of Object.entries(promises)) {
    Deno.test(`${name}: ${promise}`, async () => {
      await using model = await open();
      await hold(model);
    });
  }
}

const promises: Readonly<Record<string, (model: LoadedModel) => Promise<void>>> = {
  "it says what it is": (model) => {
    const { dimensions, parameters, ownPassTokens } = model;
    for (const text of [model.name, model.family, model.architecture, model.scoreRule]) {
      assert.ok(text.length > 0);
    }
    for (const extent of Object.values(dimensions)) {
      assert.ok(Number.isInteger(extent) && extent > 0);
    }
    assert.ok(Number.isInteger(parameters) && parameters > 0);
    assert.ok(Number.isInteger(ownPassTokens) && ownPassTokens > 0);
    return Promise.resolve();
  },

  "a text is encoded alone as among others, in the order given": async ({ tokenizer }) => {
    assert.deepEqual(await tokenizer.encode([], "none"), []);
    const samples = [plain("The movie", " was great."), plain("", "great"), plain("film", "")];
    const together = await tokenizer.encode(samples, "none");
    for (const [i, sample] of samples.entries()) {
      assert.deepEqual([together[i]], await tokenizer.encode([sample], "none"));
    }
  },

  "spans and offsets of any text keep the laws of an encoding": async (
    { tokenizer, dimensions },
  ) => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(text, text, async (prompt, completion) => {
        const [encoding] = await tokenizer.encode([plain(prompt, completion)], "none");
        if (encoding instanceof Error) return assertRefusal(encoding);
        assertLaws(encoding!, dimensions);
        assert.equal(encoding!.truncated, false);
        assert.equal(encoding!.completionLength, Array.from(completion).length);
        if (completion === "") assert.equal(size(encoding!.completion), 0);
        assert.equal(encoding!.offsets.length, size(encoding!.completion));
      }),
      { numRuns: 50 },
    );
  },

  "ids are taken as they are": async ({ tokenizer, dimensions }) => {
    const sample: Sample = { kind: "ids", promptIds: [7, 5, 9], completionIds: [9, 9] };
    const encoding = await encodeOne(tokenizer, sample);
    assert.deepEqual([...encoding.ids], [7, 5, 9, 9, 9]);
    assert.deepEqual(encoding.completion, [3, 5]);
    assert.deepEqual([encoding.offsets, encoding.completionLength], [[], 0]);
    assertLaws(encoding, dimensions);
  },

  "a sample that cannot be encoded is an error in its own place": async (
    { tokenizer, dimensions },
  ) => {
    const { vocabulary } = dimensions;
    const samples: Sample[] = [
      plain("fine", " too"),
      { kind: "ids", promptIds: [5], completionIds: [5, vocabulary] },
      { kind: "ids", promptIds: [], completionIds: [] },
    ];
    const [fine, beyond, nothing] = await tokenizer.encode(samples, "none");
    assert.ok(fine !== undefined && !(fine instanceof Error));
    assertError(beyond, { kind: "invalid_request", path: "completion_ids[1]" });
    assertError(nothing, { kind: "invalid_request" });
  },

  "messages are encoded where there is a chat template and refused where there is none": async (
    { tokenizer, dimensions },
  ) => {
    const messages = [{ role: "user", content: "How was the film?" }];
    const [found] = await tokenizer.encode(
      [{ kind: "chat", messages, completion: "great" }],
      "none",
    );
    if (!tokenizer.chat) return assertError(found, { kind: "invalid_request" });
    assert.ok(found !== undefined && !(found instanceof Error));
    assertLaws(found, dimensions);
    assert.ok(size(found.completion) > 0);
  },

  "a text that is too long is refused, or cut on the side that was asked for": async (model) => {
    const { tokenizer, dimensions: { context } } = model;
    const many = Array<number>(context - 2).fill(5);
    const long: Sample = { kind: "ids", promptIds: many, completionIds: [6, 7, 8, 9] };
    const [refused] = await tokenizer.encode([long], "none");
    assertError(refused, { kind: "too_long" });
    const [left, right] = [
      await encodeOne(tokenizer, long, "left"),
      await encodeOne(tokenizer, long, "right"),
    ];
    for (const encoding of [left, right]) {
      assert.equal(encoding.ids.length, context);
      assert.ok(encoding.truncated);
      assertLaws(encoding, model.dimensions);
    }
    assert.deepEqual([...left.ids.slice(...left.completion)], [6, 7, 8, 9]);
    assert.deepEqual([...right.ids.slice(...right.completion)], [6, 7]);
  },

  "texts are closed by one token that is no completion's, or refused where there is none": async (
    { tokenizer },
  ) => {
    const samples: Sample[] = [plain("The movie", " was great."), {
      kind: "ids",
      promptIds: [7, 5],
      completionIds: [9],
    }];
    const open = await tokenizer.encode(samples, "none", "none");
    const closed = await tokenizer.encode(samples, "none", "eos").catch((error) => {
      assertError(error, { kind: "invalid_request", path: "close" });
      return [];
    });
    for (const [i, encoding] of closed.entries()) {
      const before = open[i]!;
      assert.ok(!(encoding instanceof Error) && !(before instanceof Error));
      assert.deepEqual(encoding.ids.subarray(0, before.ids.length), before.ids);
      assert.ok(encoding.ids.length - before.ids.length <= 1);
      assert.deepEqual(encoding.completion, before.completion);
      assert.equal(encoding.ids.at(-1), (closed[0] as Encoding).ids.at(-1));
    }
    assert.deepEqual(
      await tokenizer.encode(samples, "none", tokenizer.close),
      await tokenizer.encode(samples, "none"),
    );
  },

  "what it encodes, its engine scores": async ({ tokenizer, engine, score, dimensions }) => {
    const encodings = await Promise.all(
      [plain("The movie", " was great."), plain("", "great")].map((sample) =>
        encodeOne(tokenizer, sample)
      ),
    );
    const { outputs } = await engine.run(
      encodings.map(({ ids, types, pool }) => ({
        ids,
        ...(types === undefined ? {} : { types }),
        pool,
        rows: [],
        measure: ["attention"] as const,
      })),
    );
    for (const [i, { logits, measured }] of outputs.entries()) {
      assert.equal(logits.length, dimensions.labels);
      assert.ok(Number.isFinite(score(logits)));
      assert.equal(measured.attention!.length, encodings[i]!.ids.length);
    }
  },

  "a logit that is not finite is a failure and no score": ({ score, dimensions: { labels } }) => {
    for (const bad of [NaN, Infinity]) {
      assert.throws(() => score(new Float32Array(labels).fill(bad)), { kind: "model_failure" });
    }
    return Promise.resolve();
  },
};

function plain(prompt: string, completion: string): Sample {
  return { kind: "plain", prompt, completion };
}

async function encodeOne(
  tokenizer: LoadedModel["tokenizer"],
  sample: Sample,
  truncation: Truncation = "none",
): Promise<Encoding> {
  const [encoding] = await tokenizer.encode([sample], truncation);
  if (encoding === undefined || encoding instanceof Error) throw encoding;
  return encoding;
}

function assertError(found: Encoding | Error | undefined, expected: object): void {
  assert.ok(found instanceof Error);
  assert.throws(() => {
    throw found;
  }, expected);
}

/** A text may have no tokens at all, or too many; nothing else can be wrong with one. */
function assertRefusal(error: Error): void {
  const kind = /at least one token/.test(error.message) ? "invalid_request" : "too_long";
  assertError(error, { kind });
}

/** What `Encoding` says of its own fields. */
function assertLaws(encoding: Encoding, dimensions: LoadedModel["dimensions"]): void {
  const { context, vocabulary, types: typeCount = 1 } = dimensions;
  const { ids, completion, closing, pool, offsets, completionLength } = encoding;
  const { types = new Int32Array(ids.length) } = encoding;
  assert.equal(types.length, ids.length);
  assert.ok(types.every((type) => type >= 0 && type < typeCount));
  assert.ok(ids.length > 0 && ids.length <= context);
  assert.ok(ids.every((id) => id >= 0 && id < vocabulary));
  const marks = [0, ...completion, ...closing, ids.length];
  assert.deepEqual(marks, marks.toSorted((a, b) => a - b));
  assert.ok(pool.length > 0 && pool.every((position) => position >= 0 && position < ids.length));
  assert.deepEqual(pool, pool.toSorted((a, b) => a - b));
  let [start, end] = [0, 0];
  for (const [from, to] of offsets) {
    assert.ok(from >= start && to >= end && to >= from, "an offset goes back");
    [start, end] = [from, to];
  }
  assert.ok(end <= completionLength);
}

function size([start, end]: Span): number {
  return end - start;
}
