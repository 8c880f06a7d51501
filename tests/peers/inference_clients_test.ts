import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { serveHttp } from "../../src/http/serve.ts";
import { fakeApp } from "../http/fake_app.ts";
import { findPython } from "../support/python.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

type Outputs = Readonly<Record<"score" | "token_count" | "token_rewards", readonly unknown[]>>;

interface Said {
  readonly live: boolean;
  readonly ready: boolean;
  readonly model: boolean;
  readonly json: Outputs;
  readonly binary: Outputs;
}

interface TritonSaid extends Said {
  readonly metadata: readonly string[];
  readonly batches: boolean;
  readonly all: Outputs;
}

const modules = ["kserve", "tritonclient.http"];
const python = slow === undefined ? await findPython(modules) : undefined;

/** What the clients said of a server. */
async function answers(url: string): Promise<{ kserve: Said; triton: TritonSaid }> {
  const script = fileURLToPath(new URL("inference_clients.py", import.meta.url));
  const command = new Deno.Command(python ?? "", { args: [script, url, "fake-reward"] });
  const { stdout, stderr, success } = await command.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

testWhere({
  name: "KServe's and Triton's own clients read health, metadata and tensors of either form",
  missing: slow ?? (python === undefined ? "no Python with kserve and tritonclient" : undefined),
  async fn() {
    const stop = new AbortController();
    const { app } = fakeApp();
    const where = { hostname: "127.0.0.1", port: 0, signal: stop.signal };
    const server = serveHttp(app, where);
    try {
      const { kserve, triton } = await answers(server.url);
      for (const { live, ready, model } of [kserve, triton]) {
        assert.deepEqual([live, ready, model], [true, true, true]);
      }
      assert.ok(triton.batches && triton.metadata.includes("token_rewards"));
      for (const outputs of [kserve.json, kserve.binary, triton.binary, triton.all]) {
        assert.deepEqual(outputs, triton.json);
      }
      const { score, token_count, token_rewards } = triton.json;
      assert.equal(score.length, 3);
      for (const [i, row] of (token_rewards as number[][]).entries()) {
        const sum = row.slice(0, token_count[i] as number).reduce((all, each) => all + each, 0);
        assert.ok(Math.abs(sum - (score[i] as number)) < 1e-6);
      }
    } finally {
      stop.abort();
      await server.finished;
    }
  },
});
