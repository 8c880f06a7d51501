/** A completion that makes the native runtime crash, asked of a whole server beside others. */

import assert from "node:assert/strict";
import { livingChildren } from "../support/children.ts";
import { immortal, withDeadlyToken } from "../support/deadly_onnx.ts";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, startServer } from "./program.ts";

/** In no text of the tests but one, and in none that the server tries the graph with. */
const DEADLY = 17;

interface Reply {
  readonly status: number;
  readonly scores?: readonly number[];
  readonly error?: { readonly kind: string; readonly message: string; readonly path?: string };
}

/** Ids of a completion, another for each seed. */
function ids(seed: number): number[] {
  return Array.from(
    { length: 5 + seed % 7 },
    (_, i) => 20 + (seed * 31 + i * (seed % 5 + 3)) % 130,
  );
}

async function ask(url: string, model: string, completions: readonly number[][]): Promise<Reply> {
  const items = [{ prompt_ids: [3, 4], completion_ids: completions }];
  const response = await fetch(`${url}/v1/rewards`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, items }),
  });
  const { status } = response;
  const body = await response.json();
  if (status !== 200) return { status, error: body.error };
  const [{ completions: scored }] = body.items;
  return { status, scores: scored.map(({ score }: { score: number }) => score) };
}

function assertAlike({ status, scores = [], error }: Reply, expected: readonly number[]): void {
  assert.equal(status, 200, JSON.stringify(error));
  assert.equal(scores.length, expected.length);
  scores.forEach((score, i) => assert.ok(Math.abs(score - expected[i]!) < 1e-5));
}

/** Asks again and again what /readyz says, until it is stopped. */
function watchReadiness(url: string) {
  const said = new Set<string>();
  let over = false;
  const watching = (async () => {
    while (!over) {
      const response = await fetch(`${url}/readyz`);
      said.add(`${response.status} ${(await response.json()).status}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return { said, stop: () => (over = true, watching) };
}

testWhere({
  name:
    "a completion that crashes the native runtime fails alone, and everything else is answered right",
  missing: immortal ?? modelMissing,
  async fn() {
    await using deadly = await withDeadlyToken("llama", DEADLY);
    const models = [`--model=deadly=${deadly.path}`, "--model=movie=models/movie-reward"];
    await using server = await startServer([...models, "--device=cpu", "--threads=1", "--log=off"]);
    const { url, program } = server;
    const before = await livingChildren(program.pid);
    assert.equal(before.length, 2);

    const texts = Array.from({ length: 48 }, (_, seed) => ids(seed));
    const alone: number[] = [];
    for (const each of texts) alone.push(...(await ask(url, "deadly", [each])).scores!);
    const movie = (await ask(url, "movie", texts)).scores!;

    const readiness = watchReadiness(url);
    const poison = [...ids(50), DEADLY];
    const [killer, mixed, others, beside] = await Promise.all([
      ask(url, "deadly", [poison]),
      ask(url, "deadly", [texts[0]!, [...ids(51), DEADLY], texts[1]!]),
      Promise.all(texts.map((each) => ask(url, "deadly", [each]))),
      Promise.all(texts.map((each) => ask(url, "movie", [each]))),
    ]);
    for (const [{ status, error }, path] of [[killer, 0], [mixed, 1]] as const) {
      assert.deepEqual([status, error?.kind, error?.path], [
        500,
        "model_failure",
        `items[0].completion_ids[${path}]`,
      ]);
      assert.match(error!.message, /^Cannot score as the engine died of it twice: .*SIGFPE$/);
    }
    others.forEach((reply, i) => assertAlike(reply, [alone[i]!]));
    beside.forEach((reply, i) => assertAlike(reply, [movie[i]!]));
    assertAlike(await ask(url, "deadly", texts), alone);
    await readiness.stop();
    assert.deepEqual([...readiness.said].toSorted(), ["200 ready", "503 recovering"]);

    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = (name: string) =>
      Number(new RegExp(`^abacus_${name} (\\d+)$`, "m").exec(metrics)?.[1] ?? 0);
    const deaths = counted('engine_deaths_total{model="deadly",reason="SIGFPE"}');
    assert.ok(deaths >= 4 && deaths <= 40, `${deaths} deaths`); // each killer twice, at least
    assert.equal(counted('batch_faults_total{model="deadly",kind="died"}'), deaths);
    assert.doesNotMatch(metrics, /engine_deaths_total\{model="movie"/);
    assert.equal(counted('engine_replicas{model="deadly",state="ready"}'), 1);

    const after = await livingChildren(program.pid);
    assert.equal(after.length, 2, "one process for each model, and no zombie");
    assert.equal(
      after.filter((pid) => before.includes(pid)).length,
      1,
      "that of movie is the same",
    );
    program.kill("SIGTERM");
    assert.equal(await program.ended(), 0);
  },
});
