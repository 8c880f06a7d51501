/**
 * The edge of a server as a process: keys that are read again, HTTPS, and an end with its parent.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RewardClient } from "../../src/client/mod.ts";
import { certificates } from "../http/certificates.ts";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, startServer } from "./program.ts";

function inDirectory(name: string, work: (directory: string) => Promise<void>): void {
  testWhere({
    name,
    missing: modelMissing,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        await work(directory);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

const small = ["--model=tests/golden/models/gpt2", "--device=cpu", "--threads=1"];

inDirectory(
  "keys are read again on SIGHUP, and a wrong file changes nothing",
  async (directory) => {
    const file = `${directory}/keys`;
    await Deno.writeTextFile(file, "trainer: sk-1\n");
    await using server = await startServer([...small, `--api-key-file=${file}`]);
    const status = async (key: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${server.url}/v1/models`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.deepEqual([await status("sk-1"), await status("sk-2")], [200, 401]);
    await Deno.writeTextFile(file, "trainer: sk-2\nsk-secret\n");
    server.program.kill("SIGHUP");
    await server.program.noted(/kept the old 1 keys: Cannot read the keys as .*, line 2\n/);
    assert.deepEqual([await status("sk-1"), await status("sk-2")], [200, 401]);
    await Deno.writeTextFile(file, "trainer: sk-2\n");
    server.program.kill("SIGHUP");
    await server.program.noted(/read 1 keys again/);
    assert.deepEqual([await status("sk-1"), await status("sk-2")], [401, 200]);
    assert.doesNotMatch(server.program.notes, /sk-/);
    assert.match(server.program.notes, / key=trainer /);
    server.program.kill("SIGTERM");
    assert.equal(await server.program.ended(), 0);
  },
);

inDirectory("with a certificate the server and its client speak HTTPS", async (directory) => {
  const [cert, key] = [`${directory}/cert.pem`, `${directory}/key.pem`];
  await Deno.writeTextFile(cert, certificates.one.cert);
  await Deno.writeTextFile(key, certificates.one.key);
  await using server = await startServer([...small, `--tls-cert=${cert}`, `--tls-key=${key}`]);
  assert.match(server.url, /^https:/);
  using trusting = Deno.createHttpClient({ caCerts: [certificates.one.cert] });
  const client = new RewardClient({
    url: server.url,
    fetch: (input, init) => fetch(input, { ...init, client: trusting }),
  });
  const { items } = await client.score([{ prompt: "The film", completions: [" was good"] }]);
  assert.equal(typeof items[0]?.completions[0]?.score, "number");
  const health = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-config", "--unsafely-ignore-certificate-errors=127.0.0.1"],
      ...["--allow-net=127.0.0.1", "--allow-env=ABACUS_PORT", "container/health.ts"],
    ],
    env: { ABACUS_PORT: new URL(server.url).port },
    stderr: "piped",
  });
  const { code, stderr } = await health.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  server.program.kill("SIGTERM");
  assert.equal(await server.program.ended(), 0);
});

inDirectory("a server ends with the pipe on its standard input where it is told to", async () => {
  await using server = await startServer([...small, "--exit-with-stdin", "--log=off"]);
  assert.equal(
    (await fetch(`${server.url}/readyz`).then((response) => response.json())).status,
    "ready",
  );
  await server.program.closeInput();
  assert.equal(await server.program.ended(), 0);
});

inDirectory("without being told to, a server does not mind", async () => {
  await using server = await startServer([...small, "--log=off"]);
  await server.program.closeInput();
  assert.equal(
    (await fetch(`${server.url}/readyz`).then((response) => response.json())).status,
    "ready",
  );
  server.program.kill("SIGTERM");
  assert.equal(await server.program.ended(), 0);
});
