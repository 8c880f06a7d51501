import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveHttp } from "../../src/http/serve.ts";
import { fakeApp } from "../http/fake_app.ts";
import { findPython } from "../support/python.ts";
import { testWhere } from "../support/test_where.ts";

const python = await findPython(["json"]);

/** The Python of docs/serving.md. */
async function example(): Promise<string> {
  const page = await Deno.readTextFile(new URL("../../docs/serving.md", import.meta.url));
  const [, code, ...others] = /```python\n(.*?)```/s.exec(page) ?? [];
  assert.ok(code !== undefined && others.length === 0);
  return code;
}

/** What it returns when a server stands behind it. */
async function saidOf(url: string) {
  const directory = await Deno.makeTempDir({ prefix: "abacus-example-" });
  try {
    const file = join(directory, "abacus_reward.py");
    await Deno.writeTextFile(file, await example());
    const script = fileURLToPath(new URL("serving_example.py", import.meta.url));
    const env = { ABACUS_URL: url, ABACUS_KEY: "k" };
    const { stdout, stderr, success } = await new Deno.Command(python ?? "", {
      args: [script, file],
      env,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

testWhere({
  name:
    "the example of docs/serving.md scores for TRL, verl and ms-swift (its registry a stand-in)",
  missing: python === undefined ? "no Python" : undefined,
  async fn() {
    const stop = new AbortController();
    const { app, rewards } = fakeApp({ settings: { apiKey: "k" } });
    const score = async (item: object) => {
      const init = { headers: { Authorization: "Bearer k" } };
      const { items } = await (await rewards({ items: [item] }, init)).json();
      return items[0].completions[0].score;
    };
    const server = serveHttp(app, { hostname: "127.0.0.1", port: 0, signal: stop.signal });
    try {
      const said = await saidOf(server.url);
      const delight = await score({ prompt: "The film was", completions: [" a delight."] });
      const dull = await score({ prompt: "It was", completions: [" dull."] });
      const messages = [{ role: "user", content: "Review it." }];
      const chat = await score({ messages, completions: ["A delight."] });
      assert.deepEqual(said, {
        trl: [delight, dull],
        chat: [chat],
        verl: delight,
        swift: [chat],
        refused: "invalid_request",
      });
    } finally {
      stop.abort();
      await server.finished;
    }
  },
});
