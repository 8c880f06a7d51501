/**
 * The contract of engines, as tests: what `src/engine/engine.ts` promises. Every engine is held to
 * it, and the fake one that other tests build on as well.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { AttentionKind } from "../../src/architectures/architecture.ts";
import type { Engine, Query, Question, SequenceOutput } from "../../src/engine/engine.ts";
import { type MeasurementName, measurementNames } from "../../src/engine/measurements/registry.ts";
import { assertClose } from "../support/golden_model.ts";

/** An engine that is to be held to the contract. Its vocabulary has the ids up to 99. */
export interface EngineSubject {
  readonly name: string;
  readonly attention: AttentionKind;
  /** Outputs of the head. */
  readonly labels: number;
  /** Whether its model reads token types. */
  readonly types: boolean;
  /** What it can be asked beyond the score. @default everything */
  readonly asks?: readonly Question[];
  open(): Promise<Engine>;
  /** An engine that computes numbers which are not finite for every sequence with the token 3. */
  openPoisoned(): Promise<Engine>;
}

/** Declares the tests of the contract for one engine. */
export function testEngine(subject: EngineSubject): void {
  for (const [promise, hold] of Object.entries(promises)) {
    Deno.test(`${subject.name}: ${promise}`, async () => {
      await using engine = await subject.open();
      await hold(engine, subject);
    });
  }
}

type Promised = (engine: Engine, subject: EngineSubject) => Promise<void>;

const promises: Readonly<Record<string, Promised>> = {
  "an answer has the shapes that its query asks for, whatever its neighbours ask": async (
    engine,
    { labels, asks },
  ) => {
    const queries = mixed(asks);
    const { outputs, inferenceMs } = await engine.run(queries);
    assert.equal(outputs.length, queries.length);
    assert.ok(inferenceMs >= 0);
    assert.ok(Number.isInteger(engine.capacity) && engine.capacity > 0);
    for (const [i, { ids, rows, measure }] of queries.entries()) {
      const { logits, rowLogits, measured } = outputs[i]!;
      assert.equal(logits.length, labels);
      assert.equal(rowLogits.length, rows.length * labels);
      assert.deepEqual(Object.keys(measured).toSorted(), measure.toSorted());
      for (const [name, { length }] of Object.entries(measured)) {
        // One number per token, of layers one for each of them, and two of what is integrated.
        const perToken = length / ids.length;
        if (name === "layers") assert.ok(perToken >= 1 && Number.isInteger(perToken));
        else assert.equal(perToken, name === "integrated" ? 2 : 1);
      }
      for (const numbers of numbersOf(outputs[i]!)) assert.ok(numbers.every(Number.isFinite));
    }
  },

  "a row reads what the pooled position would read there": async (engine, { labels, asks }) => {
    if (asks !== undefined && !asks.includes("rows")) return;
    const every = { ...pooledAt([1, 5, 9, 7, 2], 4), rows: [0, 1, 2, 3, 4] };
    const { outputs: [whole] } = await engine.run([every]);
    for (const row of every.rows) {
      const { outputs: [single] } = await engine.run([pooledAt([1, 5, 9, 7, 2], row)]);
      const read = whole!.rowLogits.subarray(row * labels, (row + 1) * labels);
      assertClose(read, single!.logits, { tolerance: 1e-5, what: `row ${row}` });
    }
  },

  "attention is a distribution over the tokens": async (engine, { asks }) => {
    const { outputs } = await engine.run(mixed(asks).map((query) => measuring(query, "attention")));
    for (const { measured: { attention } } of outputs) {
      assert.ok(attention!.every((weight) => weight >= 0));
      assertClose([sum(attention!)], [1], { tolerance: 1e-5, what: "the sum" });
    }
  },

  "a causal position sees nothing behind it, any other sees everything": async (
    engine,
    subject,
  ) => {
    const [long, short] = [[1, 5, 9, 7, 2], [1, 5, 9]];
    const { outputs: [early, cut] } = await engine.run([
      measuring(pooledAt(long, 2), ...measurable(subject)),
      measuring(pooledAt(short, 2), ...measurable(subject)),
    ]);
    const gap = Math.abs(early!.logits[0]! - cut!.logits[0]!);
    if (subject.attention === "bidirectional") return assert.ok(gap > 1e-3);
    assertClose(early!.logits, cut!.logits, { tolerance: 1e-5, what: "logits" });
    for (const name of measurable(subject)) {
      const [found, expected] = [early!.measured[name]!, cut!.measured[name]!];
      const { length } = expected;
      assertClose(found.subarray(0, length), expected, { tolerance: 1e-5, what: name });
      assert.equal(found.length, length / short.length * long.length);
      assert.ok(
        found.subarray(length).every((number) => number === 0),
        `${name} behind the position`,
      );
    }
  },

  "a query is answered alone as in any batch, in the order of the queries": async (
    engine,
    { asks },
  ) => {
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const queries = batch.map((query) => only(query, asks));
        const { outputs } = await engine.run(queries);
        assert.equal(outputs.length, queries.length);
        for (const [i, query] of queries.entries()) {
          const { outputs: [alone] } = await engine.run([query]);
          assertSame(outputs[i]!, alone!);
        }
      }),
      { numRuns: 10 },
    );
  },

  "tokens of other types are another sequence": async (engine, { types }) => {
    if (!types) return;
    const query = measuring(pooledAt([1, 5, 9, 7, 2], 4), "attention");
    const of = (...types: number[]) => ({ ...query, types: Int32Array.from(types) });
    const queries = [of(0, 0, 1, 1, 1), of(0, 0, 0, 0, 0), query];
    const { outputs: [pair, single, untold] } = await engine.run(queries);
    assert.ok(Math.abs(pair!.logits[0]! - single!.logits[0]!) > 1e-3);
    assertSame(single!, untold!);
    const { outputs: [alone] } = await engine.run([of(0, 0, 1, 1, 1)]);
    assertSame(pair!, alone!);
  },

  "queries that are alike are computed once": async (engine, { asks }) => {
    const queries = mixed(asks);
    const once = await engine.run(queries);
    const twice = await engine.run([...queries, ...queries.toReversed()]);
    assert.ok(once.computedTokens > 0);
    assert.equal(twice.computedTokens, once.computedTokens);
    for (const [i, output] of once.outputs.entries()) {
      assertSame(twice.outputs[i]!, output);
      assertSame(twice.outputs.at(-1 - i)!, output);
    }
  },

  "the same batch is answered bit for bit alike": async (engine, { asks }) => {
    const [first, second] = [await engine.run(mixed(asks)), await engine.run(mixed(asks))];
    assert.deepEqual(first.outputs, second.outputs);
    assert.equal(first.computedTokens, second.computedTokens);
  },

  "no query is no work": async (engine) => {
    assert.deepEqual(await engine.run([]), { outputs: [], computedTokens: 0, inferenceMs: 0 });
  },

  "runs that are asked for at once each get their own answers": async (engine, { asks }) => {
    const runs = await Promise.all(mixed(asks).map((query) => engine.run([query])));
    for (const [i, query] of mixed(asks).entries()) {
      const { outputs: [alone] } = await engine.run([query]);
      assertSame(runs[i]!.outputs[0]!, alone!);
    }
  },

  "queries are only read, and answers belong to the caller alone": async (engine, { asks }) => {
    const queries = [...mixed(asks), ...mixed(asks)];
    const before = structuredClone(queries);
    const { outputs } = await engine.run(queries);
    assert.deepEqual(queries, before);
    const arrays = outputs.flatMap(numbersOf);
    const kept = arrays.map((numbers) => numbers.slice());
    for (const [i, numbers] of arrays.entries()) {
      assert.deepEqual(numbers, kept[i], "another answer's numbers stand in the same memory");
      numbers.fill(1e9);
    }
  },

  "numbers that are not finite are an error at the query's index, and the engine goes on": async (
    _,
    { openPoisoned },
  ) => {
    await using engine = await openPoisoned();
    const sound = [pooledAt([1, 2], 1), pooledAt([4, 5], 1)];
    await assert.rejects(engine.run([...sound, pooledAt([1, 3], 1)]), {
      kind: "model_failure",
      path: "[2]",
      message: /not finite: received/,
    });
    assert.equal((await engine.run(sound)).outputs.length, 2);
  },

  "a closed engine refuses work instead of hanging, and can be closed twice": async (
    engine,
    { asks },
  ) => {
    const running = engine.run(mixed(asks)).then(
      () => {},
      (error) => assert.match(`${error}`, /closed/),
    );
    await engine[Symbol.asyncDispose]();
    await running;
    await assert.rejects(engine.run([pooledAt([1], 0)]), /the engine is closed/);
    await engine[Symbol.asyncDispose]();
  },

  "the facts say where the model runs": ({ facts }) => {
    assert.ok(["cpu", "webgpu", "cuda"].includes(facts.device));
    assert.ok(Number.isInteger(facts.threads) && facts.threads >= 1);
    assert.ok(facts.onDevice >= 0 && facts.onDevice <= 1);
    return Promise.resolve();
  },
};

function pooledAt(ids: readonly number[], position: number): Query {
  return { ids: Int32Array.from(ids), pool: [position], rows: [], measure: [] };
}

function measuring(query: Query, ...measure: readonly MeasurementName[]): Query {
  return { ...query, measure };
}

/** The measurements that an engine gives. */
function measurable({ asks }: Pick<EngineSubject, "asks">): readonly MeasurementName[] {
  return measurementNames.filter((name) => asks?.includes(name) ?? true);
}

/** A query without what cannot be asked. */
function only(query: Query, asks: EngineSubject["asks"]): Query {
  if (asks === undefined) return query;
  return {
    ...query,
    rows: asks.includes("rows") ? query.rows : [],
    measure: query.measure.filter((name) => asks.includes(name)),
  };
}

/** Queries that differ in all that can be asked; several begin alike. */
function mixed(asks?: EngineSubject["asks"]): Query[] {
  return everyKind().map((query) => only(query, asks));
}

function everyKind(): Query[] {
  return [
    measuring(pooledAt([1, 5, 9, 7, 2], 4), ...measurementNames),
    { ...pooledAt([1, 5, 9, 7, 2, 8], 5), rows: [0, 2, 4] },
    measuring({ ...pooledAt([1, 5], 1), rows: [0, 1] }, "attention"),
    pooledAt([4], 0),
    measuring(pooledAt([6, 5, 9, 7, 2, 8, 8, 8], 7), "gradient"),
    measuring(pooledAt([1, 5, 9, 7, 2], 4), ...measurementNames),
  ];
}

/** Over few ids, so that sequences often begin alike and are often the same. */
const batches = fc.array(
  fc.record({
    ids: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 40 }),
    measure: fc.subarray([...measurementNames]),
    every: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
).map((batch) =>
  batch.map(({ ids, measure, every }): Query => ({
    ...pooledAt(ids, ids.length - 1),
    rows: every ? [...ids.keys()] : [],
    measure,
  }))
);

function numbersOf({ logits, rowLogits, measured }: SequenceOutput): Float32Array[] {
  return [logits, rowLogits, ...Object.values(measured)];
}

function assertSame(found: SequenceOutput, expected: SequenceOutput): void {
  const tolerance = 1e-4;
  assertClose(found.logits, expected.logits, { tolerance, what: "logits" });
  assertClose(found.rowLogits, expected.rowLogits, { tolerance, what: "row logits" });
  assert.deepEqual(Object.keys(found.measured), Object.keys(expected.measured));
  for (const name of measurementNames) {
    const [row, wanted] = [found.measured[name] ?? [], expected.measured[name] ?? []];
    assertClose(row, wanted, { tolerance, what: name });
  }
}

function sum(numbers: Float32Array): number {
  return numbers.reduce((total, each) => total + each, 0);
}
