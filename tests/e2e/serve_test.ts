import assert from "node:assert/strict";
import { gpus } from "../support/gpus.ts";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, Program, type Server, startServer } from "./program.ts";

const item = { prompt: "The movie was", completions: [" a delight.", ""] };

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/rewards`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

function atServer(name: string, work: (server: Server) => Promise<void>, ...flags: string[]): void {
  testWhere({
    name,
    missing: modelMissing,
    async fn() {
      await using server = await startServer(flags);
      await work(server);
    },
  });
}

atServer(
  "serve says in one line what it loaded, where it runs and its address",
  ({ program }) => {
    const line =
      /^movie-reward \(llama, \d\.\d M parameters, float32\) on cpu, 1 thread: http:\/\/127\.0\.0\.1:\d+\n$/;
    assert.match(program.notes, line);
    return Promise.resolve();
  },
  "--device=cpu",
  "--threads=1",
);

atServer("serve answers with scores and token rewards that add up to them", async ({ url }) => {
  const { status, body } = await post(url, { items: [item] });
  assert.equal(status, 200, JSON.stringify(body));
  const [delight, empty] = body.items[0].completions;
  const sum = delight.rewards.reduce((total: number, reward: number) => total + reward, 0);
  assert.ok(delight.rewards.length > 0 && Math.abs(sum - delight.score) < 1e-5);
  assert.deepEqual(empty.rewards, []);
  assert.equal(typeof empty.score, "number");
});

atServer("serve goes on serving after every kind of bad request", async ({ url }) => {
  const bad: [unknown, number, string][] = [
    [{}, 400, "invalid_request"],
    [{ items: [] }, 400, "invalid_request"],
    [{ items: [{ ...item, colour: 1 }] }, 400, "invalid_request"],
    [{ items: [item], model: "other" }, 404, "unknown_model"],
    [{ items: [{ prompt: "the ".repeat(5_000), completions: ["end"] }] }, 422, "too_long"],
  ];
  for (const [body, status, kind] of bad) {
    const answer = await post(url, body);
    assert.deepEqual([answer.status, answer.body.error.kind], [status, kind]);
  }
  assert.equal((await post(url, { items: [item] })).status, 200);
});

atServer(
  "serve asks for the key where one is set, and shows its readiness without",
  async ({ url }) => {
    assert.equal((await post(url, { items: [item] })).status, 401);
    const keyed = await post(url, { items: [item] }, { authorization: "Bearer secret" });
    assert.equal(keyed.status, 200);
    const ready = await fetch(`${url}/readyz`);
    assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready" }]);
  },
  "--api-key=secret",
  "--log=off",
);

atServer(
  "serve answers for several models by name, in every protocol, and ends with all of them",
  async ({ url, program }) => {
    assert.match(program.notes, /^movie \(llama, .*\n^gpt2 \(gpt2, .*: http:\/\/\S+\n$/m);
    const { data } = await (await fetch(`${url}/v1/models`)).json();
    assert.deepEqual(data.map(({ id }: { id: string }) => id), ["movie", "gpt2"]);
    const ready = await fetch(`${url}/v2/health/ready`);
    assert.deepEqual(await ready.json(), { ready: true });

    const scores: Record<string, number> = {};
    for (const model of ["movie", "gpt2"]) {
      const { body } = await post(url, { items: [item], model });
      assert.equal(body.model, model);
      scores[model] = body.items[0].completions[0].score;
    }
    assert.notEqual(scores["movie"], scores["gpt2"]);
    const { body: byDefault } = await post(url, { items: [item] });
    assert.equal(byDefault.model, "movie");
    const unknown = await post(url, { items: [item], model: "bert" });
    assert.match(unknown.body.error.message, /there are 'movie', 'gpt2': received 'bert'/);

    const send = async (path: string, body: unknown) => {
      const headers = { "content-type": "application/json" };
      return await (await fetch(url + path, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      }))
        .json();
    };
    const tensor = (name: string, text: string) => ({
      ...{ name, shape: [1], datatype: "BYTES", data: [text] },
    });
    const inputs = [tensor("prompt", item.prompt), tensor("completion", item.completions[0]!)];
    const inferred = await send("/v2/models/gpt2/infer", { inputs, outputs: [{ name: "score" }] });
    assert.ok(Math.abs(inferred.outputs[0].data[0] - scores["gpt2"]!) < 1e-5);
    const query = [item.prompt + item.completions[0]!];
    const rewarded = await send("/get_reward?model=gpt2", { query, prompts: [item.prompt] });
    assert.deepEqual([rewarded.model, rewarded.rewards.length], ["gpt2", 1]);

    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^abacus_completions_total\{model="movie"\} 4$/m);
    assert.match(metrics, /^abacus_completions_total\{model="gpt2"\} 4$/m);
    program.kill("SIGTERM");
    assert.equal(await program.ended(), 0);
  },
  "--model=movie=models/movie-reward",
  "--model=tests/golden/models/gpt2",
  "--device=cpu",
  "--threads=1",
);

/** A request that takes the model seconds, once the model has begun with it. */
async function longRequest(url: string) {
  const completions = Array.from({ length: 64 }, (_, i) => ` ${i} was good`.repeat(80));
  const answer = post(url, { items: [{ prompt: "The movie", completions }] });
  answer.catch(() => {}); // Heard by whoever awaits it, if anybody does.
  for (let asked = 0, running = false; !running; asked++) {
    assert.ok(asked < 1_000, "the model never began");
    const metrics = await (await fetch(`${url}/metrics`)).text();
    running = /^abacus_running_batches\{.*\} [1-9]/m.test(metrics);
  }
  return { answer };
}

/** Until the signal has arrived, which readiness shows at once. */
async function turnsAway(url: string): Promise<void> {
  for (let asked = 0; asked < 1_000; asked++) {
    const ready = await fetch(`${url}/readyz`);
    if ((await ready.json()).status !== "draining") continue;
    const late = await post(url, { items: [item] });
    assert.deepEqual([ready.status, late.status, late.body.error.kind], [503, 503, "overloaded"]);
    return;
  }
  assert.fail("the server never began to drain");
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  atServer(
    `${signal} during a request lets it finish, turns others away, and ends with 0`,
    async (server) => {
      const { answer } = await longRequest(server.url);
      server.program.kill(signal);
      await turnsAway(server.url);
      const { status, body } = await answer;
      assert.deepEqual([status, body.items[0].completions.length], [200, 64]);
      assert.equal(await server.program.ended(), 0);
    },
  );
}

atServer("a second signal ends the process at once", async (server) => {
  const { answer } = await longRequest(server.url);
  server.program.kill("SIGTERM");
  await turnsAway(server.url);
  server.program.kill("SIGTERM");
  assert.equal(await server.program.ended(), 143);
  await assert.rejects(answer);
});

atServer(
  "what does not finish within the drain's limit is cut off, and the exit code says so",
  async (server) => {
    const { answer } = await longRequest(server.url);
    server.program.kill("SIGTERM");
    const { status, body } = await answer;
    assert.deepEqual([status, body.error.kind], [503, "overloaded"]);
    assert.equal(await server.program.ended(), 1);
    assert.match(server.program.notes, /stopped after --drain-ms 100 with requests unanswered/);
  },
  "--drain-ms=100",
);

for (const { name, device, environment, missing } of gpus) {
  testWhere({
    name: `serve runs two models on ${name} with what its task is allowed, and says so`,
    missing: modelMissing ?? missing,
    async fn() {
      // Two workers that use WebGPU would end the process: they share one.
      const models = ["--model=models/movie-reward", "--model=tests/golden/models/gpt2"];
      const flags = [...models, `--device=${device}`, "--log=off"];
      await using server = await startServer(flags, environment);
      assert.match(server.program.notes, new RegExp(`^movie-reward .* on ${device}\n`, "m"));
      assert.match(server.program.notes, new RegExp(`\ngpt2 .* on ${device}: http`));
      const replies = await Promise.all(
        ["movie-reward", "gpt2"].map((model) => post(server.url, { items: [item], model })),
      );
      for (const { status, body } of replies) {
        assert.equal(status, 200);
        assert.equal(typeof body.items[0].completions[0].score, "number");
      }
      server.program.kill("SIGTERM");
      assert.equal(await server.program.ended(), 0);
    },
  });
}

atServer("a port that is taken is told in one line", async ({ url }) => {
  const { port } = new URL(url);
  await using second = new Program("serve", [`--port=${port}`]);
  assert.equal(await second.ended(), 64);
  assert.match(
    second.notes,
    new RegExp(`^abacus: bad_usage: Cannot listen as another program listens there .*:${port}\n$`),
  );
});

Deno.test("a model that is not there is told in one line, though the port was free", async () => {
  await using program = new Program("serve", ["--port=0", "--model=/none/at/all"]);
  assert.equal(await program.ended(), 1);
  assert.match(program.notes, /^abacus: bad_model: Cannot load a model as .*\/none\/at\/all\n$/);
});
