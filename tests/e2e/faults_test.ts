import assert from "node:assert/strict";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { testWhere } from "../support/test_where.ts";
import { livingChildren, procFile } from "../support/children.ts";
import { modelMissing, type Server, startServer } from "./program.ts";

function atServer(name: string, work: (server: Server) => Promise<void>, ...flags: string[]): void {
  const missing = Deno.build.os === "linux" ? modelMissing : "processes are counted in /proc";
  testWhere({
    name,
    missing,
    async fn() {
      await using server = await startServer(["--device=cpu", "--threads=1", ...flags]);
      await work(server);
    },
  });
}

async function scoresOf(url: string, completions: readonly string[]): Promise<number[]> {
  const response = await fetch(`${url}/v1/rewards`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ items: [{ prompt: "The movie was", completions }] }),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body.items[0].completions.map(({ score }: { score: number }) => score);
}

/** Distinct completions of some length, which keep the model busy for a while. */
function texts(count: number, salt: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => ` take ${salt}.${i}` + " was rather good".repeat(30),
  );
}

async function metricsOf(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let asked = 0; asked < 3_000; asked++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`it never came to be: ${what}`);
}

const isReady = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  await response.body?.cancel();
  return response.ok;
};

function assertAlike(found: readonly number[], expected: readonly number[]): void {
  assert.equal(found.length, expected.length);
  for (const [i, score] of found.entries()) assert.ok(Math.abs(score - expected[i]!) < 1e-4);
}

atServer(
  "a process that is killed in the middle of a batch costs no request its answer",
  async ({ url, program }) => {
    const requests = [0, 1, 2, 3].map((salt) => texts(12, salt));
    const alone: number[][] = [];
    for (const each of requests) alone.push(await scoresOf(url, each));
    const answers = Promise.all(requests.map((each) => scoresOf(url, each)));
    await until(
      "a batch runs",
      async () => /running_batches\{.*\} [1-9]/.test(await metricsOf(url)),
    );
    const [child] = await livingChildren(program.pid);
    Deno.kill(child!, "SIGKILL");
    for (const [i, found] of (await answers).entries()) assertAlike(found, alone[i]!);
    assert.match(await metricsOf(url), /engine_deaths_total\{model="\S+",reason="SIGKILL"\} 1/);
    await until("it is ready again", () => isReady(url));
    const children = await livingChildren(program.pid);
    assert.ok(children.length === 1 && children[0] !== child, "one process, and no zombie");
  },
);

atServer(
  "of two replicas one may be killed again and again, and every request is answered right",
  async ({ url, program }) => {
    const expected = await scoresOf(url, texts(8, 9));
    let over = false;
    const killing = (async () => {
      for (let kills = 0; !over && kills < 20; kills++) {
        const [first] = await livingChildren(program.pid);
        if (first !== undefined) Deno.kill(first, "SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    })();
    for (let round = 0; round < 6; round++) {
      const answers = await Promise.all([0, 1, 2].map(() => scoresOf(url, texts(8, 9))));
      for (const found of answers) assertAlike(found, expected);
    }
    over = true;
    await killing;
    await until("both live", async () => /replicas\{.*"ready"\} 2/.test(await metricsOf(url)));
  },
  "--replicas=2",
);

atServer("no process is left when the server is killed", async ({ url, program }) => {
  const children = await livingChildren(program.pid);
  assert.equal(children.length, 2);
  assert.ok(await isReady(url));
  program.kill("SIGKILL");
  await program.ended();
  await until(
    "they are gone",
    async () => !(await Promise.all(children.map(lives))).includes(true),
  );
}, "--replicas=2");

atServer(
  "SIGTERM under load: what was taken on is answered right, and the process ends with 0",
  async ({ url, program }) => {
    const calls = Array.from({ length: 64 }, (_, call) => texts(2, call));
    const expected = await scoresOf(url, calls.flat());
    const answers = calls.map((completions) => scoresOf(url, completions));
    await until("all are admitted", async () => {
      const admitted = /^abacus_admitted_completions\{.*\} (\d+)$/m.exec(await metricsOf(url))?.[1];
      return Number(admitted) >= 100; // the first of them may be answered already
    });
    program.kill("SIGTERM");
    const found = await Promise.allSettled(answers);
    const refused = found.filter(({ status }) => status === "rejected");
    assert.ok(refused.length <= 14, `${refused.length} were refused`);
    for (const [call, answer] of found.entries()) {
      if (answer.status === "fulfilled") {
        assertAlike(answer.value, expected.slice(2 * call, 2 * call + 2));
      } else {
        // It came when the server had begun to drain.
        assert.match(String(answer.reason), /overloaded.*shutting down/);
      }
    }
    assert.equal(await program.ended(), 0);
  },
);

testWhere({
  name:
    "where no file may grow, a server with --cache starts without one, says so and leaves no half file",
  missing: Deno.build.os === "linux" ? modelMissing : "the limit of files is that of Linux",
  async fn() {
    await using cache = await temporaryDirectory();
    const model = `small=${goldenDirectory("gpt2")}`;
    const flags = [`--model=${model}`, "--device=cpu", "--threads=1", "--dtype=float16"];
    // Without the trap the signal of the limit would end the program; a full disk sends none.
    const limited = { shell: "trap '' XFSZ; ulimit -f 0" };
    const started = startServer([...flags, `--cache=${cache.path}`], {}, limited);
    await using server = await started;
    assert.match(
      server.program.notes,
      /warning: small: Cannot keep converted weights in the cache as there is no space left: /,
    );
    const found = await scoresOf(server.url, [" was good.", " was bad."]);
    await using other = await startServer(flags);
    assertAlike(found, await scoresOf(other.url, [" was good.", " was bad."]));
    const folders = await Array.fromAsync(Deno.readDir(cache.path));
    for (const { name } of folders) {
      assert.deepEqual(await Array.fromAsync(Deno.readDir(`${cache.path}/${name}`)), []);
    }
  },
});

atServer(
  "of 256 requests in flight none is lost when a replica is killed, and each has its own number",
  async ({ url, program }) => {
    const completions = Array.from({ length: 256 }, (_, i) => texts(1, 100 + i)[0]!);
    const alone = await scoresOf(url, completions);
    let over = false;
    const answers = Promise.all(completions.map((each) => scoresOf(url, [each])))
      .finally(() => over = true);
    let kills = 0;
    await until("it is over", async () => {
      const metrics = await metricsOf(url);
      const deaths = /engine_deaths_total\{.*"SIGKILL"\} (\d+)/.exec(metrics)?.[1] ?? 0;
      const bothCompute = /running_batches\{.*\} [2-9]/.test(metrics) &&
        /replicas\{.*"ready"\} 2/.test(metrics);
      // Another one only once the last is known to be dead, and has been replaced.
      if (bothCompute && Number(deaths) === kills && kills < 3) {
        kills++;
        Deno.kill((await livingChildren(program.pid))[0]!, "SIGKILL");
      }
      return over;
    });
    assert.ok(kills > 0, "none was killed");
    for (const [i, found] of (await answers).entries()) assertAlike(found, [alone[i]!]);
    await until("both live", async () => /replicas\{.*"ready"\} 2/.test(await metricsOf(url)));
    assert.match(await metricsOf(url), /engine_deaths_total\{.*reason="SIGKILL"\} [1-3]/);
    assert.equal((await livingChildren(program.pid)).length, 2);
  },
  "--replicas=2",
  "--log=off",
  "--max-batch-tokens=2048",
);

testWhere({
  name: "where deno is a script around the program, no process is left when the server is killed",
  missing: Deno.build.os === "linux" ? modelMissing : "processes are counted in /proc",
  async fn() {
    await using folder = await temporaryDirectory();
    const script = `#!/bin/sh\n"${Deno.execPath()}" "$@"\nexit $?\n`;
    await Deno.writeTextFile(`${folder.path}/deno`, script, { mode: 0o755 });
    const path = `${folder.path}:/usr/bin:/bin`;
    await using server = await startServer(["--device=cpu", "--threads=1"], { PATH: path });
    const [around] = await livingChildren(server.program.pid);
    const [child] = await livingChildren(around);
    assert.ok(child !== undefined, "the script runs the program");
    assert.equal((await scoresOf(server.url, texts(1, 1))).length, 1);
    server.program.kill("SIGKILL");
    await server.program.ended();
    await until("it is gone", async () => !await lives(child));
  },
});

async function lives(pid: number): Promise<boolean> {
  const stat = await procFile(pid, "stat");
  return stat !== "" && !/\) Z /.test(stat);
}
