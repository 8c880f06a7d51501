import assert from "node:assert/strict";
import { Call } from "../../src/batch/call.ts";
import type { Job, JobAnswer, JobResult } from "../../src/batch/entry.ts";
import { Flights, type KeptAnswers } from "../../src/batch/flights.ts";
import { Line } from "../../src/batch/line.ts";
import { AbacusError } from "../../src/errors.ts";

function job(name: number): Job {
  const query = { ids: Int32Array.of(name), pool: [0], rows: [], measure: [] };
  return { query, group: "", sharedTokens: 0 };
}

function call(arrivedMs = 0): Call {
  return new Call({ arrivedMs, deadlineMs: Infinity });
}

function answer(queueMs = 10): JobAnswer {
  return {
    output: { logits: Float32Array.of(1), rowLogits: new Float32Array(), measured: {} },
    queueMs,
  };
}

function setUp(answers?: KeptAnswers) {
  const line = new Line();
  return { line, flights: new Flights(line, answers) };
}

const left = new AbacusError("cancelled", "Cannot score as the caller left");

async function resultsOf({ seats }: Call): Promise<JobResult[]> {
  return await Promise.all(seats.map(({ result }) => result));
}

Deno.test("what two calls ask waits once, and both are answered; the later one waited less", async () => {
  const { line, flights } = setUp();
  const [one, two] = [call(0), call(4)];
  flights.board(one, [job(1), job(2)]);
  flights.board(two, [job(2), job(3), job(3)]);
  assert.deepEqual([one.entries.length, two.entries.length], [2, 1]);
  const answers = [...one.entries, ...two.entries].map((entry) => {
    const said = answer();
    line.remove([entry]);
    entry.settle(said);
    return said;
  });
  assert.deepEqual(await resultsOf(one), answers.slice(0, 2));
  assert.deepEqual(await resultsOf(two), [
    { ...answers[1], queueMs: 6, reused: "inFlight" },
    answers[2],
    { ...answers[2], reused: "inFlight" },
  ]);
});

Deno.test("one that has landed is over: who asks it then has it computed", () => {
  const { flights } = setUp();
  const [one, two] = [call(), call()];
  flights.board(one, [job(1)]);
  one.entries[0]!.settle(answer());
  return resultsOf(one).then(() => {
    flights.board(two, [job(1)]);
    assert.equal(two.entries.length, 1);
  });
});

Deno.test("where the first to ask leaves, the next one's turn is waited for; where all leave, none is", async () => {
  const { line, flights } = setUp();
  const [one, two, three] = [call(), call(), call()];
  flights.board(one, [job(1), job(2)]);
  flights.board(two, [job(1)]);
  flights.board(three, [job(1)]);
  const [shared] = one.entries;
  flights.end(two, left);
  assert.deepEqual(line.calls, [one]);
  flights.end(one, left);
  assert.deepEqual(line.calls, [three]);
  assert.deepEqual(three.entries, [shared]);
  assert.deepEqual(await resultsOf(one), [left, left]);
  flights.end(three, left);
  assert.deepEqual([line.calls, line.tokens], [[], 0]);
  const four = call();
  flights.board(four, [job(1)]);
  assert.notEqual(four.entries[0], shared);
});

Deno.test("an error is everybody's, and is not kept", async () => {
  const kept: string[] = [];
  const { flights } = setUp({ get: () => undefined, keep: (key) => kept.push(key) });
  const [one, two] = [call(), call()];
  flights.board(one, [job(1)]);
  flights.board(two, [job(1)]);
  const error = new AbacusError("model_failure", "Cannot score as a logit is not finite");
  one.entries[0]!.settle(error);
  assert.deepEqual(await resultsOf(one), [error]);
  assert.deepEqual(await resultsOf(two), [error]);
  assert.deepEqual(kept, []);
});

Deno.test("an answer is kept once it is there, and a kept one costs no place in the line", async () => {
  const kept = new Map<string, JobAnswer["output"]>();
  const answers = {
    get: kept.get.bind(kept),
    keep: (key: string, output: JobAnswer["output"]) => void kept.set(key, output),
  };
  const { line, flights } = setUp(answers);
  const [one, two] = [call(), call()];
  flights.board(one, [job(1)]);
  const said = answer();
  one.entries[0]!.settle(said);
  await resultsOf(one);
  line.remove(one.entries);
  flights.board(two, [job(1)]);
  assert.equal(line.length, 0);
  assert.deepEqual(await resultsOf(two), [{ output: said.output, queueMs: 0, reused: "kept" }]);
});
