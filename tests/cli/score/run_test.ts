import assert from "node:assert/strict";
import fc from "fast-check";
import { layouts } from "../../../src/cli/score/layouts.ts";
import type { Row, UnreadableRow } from "../../../src/cli/score/row.ts";
import { type ChunkReply, runScoring, type ScoredRow } from "../../../src/cli/score/run.ts";
import { noTotals, type Totals } from "../../../src/cli/score/totals.ts";
import { AbacusError } from "../../../src/errors.ts";
import type { RewardItem } from "../../../src/wire/request.ts";
import { columnsOf, rowOf, sourceOf, torn } from "./rows.ts";

/** Scores a completion by its length, and fails for those that say so. */
function answer(items: readonly RewardItem[]): ChunkReply {
  return {
    items: items.map((item, i) => {
      const [text = ""] = "completions" in item ? item.completions : [];
      if (text.includes("fail")) {
        return new AbacusError("model_failure", "Cannot score", {
          path: `items[${i}].completions[0]`,
        });
      }
      return { completions: [{ score: text.length, rewards: [], truncated: false }] };
    }),
    tokens: items.length,
  };
}

async function run(rows: readonly (Row | UnreadableRow)[], options: {
  from?: Totals;
  stopAfter?: number;
  score?: (items: RewardItem[], signal: AbortSignal) => Promise<ChunkReply>;
} = {}) {
  const written: ScoredRow[] = [];
  const stop = new AbortController();
  let chunks = 0;
  const totals = await runScoring({
    source: sourceOf(rows),
    from: options.from ?? noTotals,
    layouts,
    chunkTokens: 10,
    tokens: false,
    prefix: "",
    score: options.score ?? ((items) => Promise.resolve(answer(items))),
    write(scored) {
      written.push(...scored);
      if (++chunks === options.stopAfter) stop.abort("SIGINT");
      return Promise.resolve();
    },
    signal: stop.signal,
  });
  return { written, totals };
}

const someRows = fc.array(
  fc.oneof(
    fc.string().map((completion) => rowOf({ prompt: "p", completion })),
    fc.constant(rowOf({ prompt: "p", completion: "fail" })),
    fc.constant(rowOf({ prompt: 3 })),
    fc.constant(torn()),
  ),
  { maxLength: 40 },
);

Deno.test("every row is written once, in order, with its result or its error", async () => {
  await fc.assert(fc.asyncProperty(someRows, async (rows) => {
    const { written, totals } = await run(rows);
    assert.deepEqual(written.map(({ row }) => row), rows);
    let errors = 0;
    for (const { row, gained } of written) {
      const { completion } = columnsOf(row) as { completion?: unknown } ?? {};
      const good = typeof completion === "string" && !completion.includes("fail");
      if (good) assert.deepEqual(gained, { score: completion.length, truncated: false });
      else assert.deepEqual(Object.keys(gained), ["error"]);
      errors += good ? 0 : 1;
    }
    assert.deepEqual([totals.rows, totals.errors], [rows.length, errors]);
  }));
});

Deno.test("a run that was stopped goes on where it stood, and nothing is lost or repeated", async () => {
  await fc.assert(
    fc.asyncProperty(someRows, fc.integer({ min: 1, max: 5 }), async (rows, stopAfter) => {
      const unbroken = await run(rows);
      const first = await run(rows, { stopAfter });
      const second = await run(rows, { from: first.totals });
      assert.deepEqual([...first.written, ...second.written], unbroken.written);
      assert.deepEqual({ ...second.totals, firstError: "" }, {
        ...unbroken.totals,
        firstError: "",
      });
    }),
  );
});

Deno.test("the next chunk is on its way while one is computed, and no more", async () => {
  const rows = Array.from(
    { length: 5 },
    (_, i) => rowOf({ prompt: "p", completion: "x".repeat(40 + i) }),
  );
  const begun: PromiseWithResolvers<ChunkReply>[] = [];
  const asked: RewardItem[][] = [];
  const running = run(rows, {
    score(items) {
      const reply = Promise.withResolvers<ChunkReply>();
      begun.push(reply);
      asked.push(items);
      return reply.promise;
    },
  });
  const settle = async () => {
    for (let i = 0; i < 100; i++) await Promise.resolve();
  };
  for (let done = 0; done < rows.length; done++) {
    await settle();
    assert.equal(begun.length, Math.min(rows.length, done + 2));
    begun[done]?.resolve(answer(asked[done] ?? []));
  }
  assert.equal((await running).written.length, rows.length);
});

Deno.test("a failure of the whole ends the run and the chunks in progress", async () => {
  const rows = Array.from({ length: 9 }, () => rowOf({ prompt: "p", completion: "x".repeat(40) }));
  const failure = new AbacusError("model_failure", "Cannot score as the engine died");
  const signals: AbortSignal[] = [];
  await assert.rejects(
    () =>
      run(rows, {
        score(items, signal) {
          signals.push(signal);
          return signals.length === 3 ? Promise.reject(failure) : Promise.resolve(answer(items));
        },
      }),
    failure,
  );
  assert.ok(signals.length <= 4);
  assert.ok(signals.every(({ aborted }) => aborted));
});
