import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { transfer } from "../../../src/model/hub/transfer.ts";
import type { HubFile } from "../../../src/model/hub/repository.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { fakeSleep } from "./fake_hub.ts";

const content = Uint8Array.from({ length: 1_000 }, (_, i) => i % 251);
const file: HubFile = {
  path: "model.safetensors",
  bytes: content.length,
  digest: { algorithm: "sha256", hex: createHash("sha256").update(content).digest("hex") },
};

/** A body that sends these bytes and then ends as a broken connection does. */
function breaking(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull: (controller) => controller.error(new TypeError("reset by peer")),
  }, { highWaterMark: 0 });
}

/** A `fetch` that knows ranges and breaks off after `perRequest` bytes. */
function rangesOf(perRequest: number) {
  const asked: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = (_input, init) => {
    const range = new Headers(init?.headers).get("Range");
    asked.push(range);
    const from = Number(/\d+/.exec(range ?? "0")?.[0]);
    const body = breaking(content.slice(from, from + perRequest));
    if (range === null) return Promise.resolve(new Response(body));
    const headers = { "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}` };
    return Promise.resolve(new Response(body, { status: 206, headers }));
  };
  return { asked, fetch };
}

Deno.test("a file comes in as many pieces as it takes, so long as each try brings something", async () => {
  await using directory = await temporaryDirectory();
  const part = join(directory.path, "part");
  const { asked, fetch } = rangesOf(100);
  const { slept, sleep } = fakeSleep();
  const received: number[] = [];
  await transfer(file, {
    url: "https://hub/x",
    part,
    fetch,
    sleep,
    onReceived: (bytes) => received.push(bytes),
  });
  assert.deepEqual(await Deno.readFile(part), content);
  assert.deepEqual(asked.slice(0, 3), [null, "bytes=100-", "bytes=200-"]);
  assert.deepEqual(received, Array.from({ length: 11 }, (_, i) => 100 * i));
  assert.deepEqual(slept, new Array(9).fill(1_000));
});

Deno.test("tries that bring nothing end with what is there and why", async () => {
  await using directory = await temporaryDirectory();
  const { slept, sleep } = fakeSleep();
  const { fetch } = rangesOf(0);
  const options = { url: "https://hub/x", part: join(directory.path, "part"), fetch, sleep };
  await assert.rejects(transfer(file, options), {
    kind: "bad_model",
    message:
      "Cannot pull as model.safetensors does not arrive completely (the next pull resumes it): received 0 of 1000 bytes, then reset by peer",
  });
  assert.deepEqual(slept, [1_000, 2_000, 4_000, 8_000]);
});

Deno.test("a file that is complete already is verified without asking", async () => {
  await using directory = await temporaryDirectory();
  const part = join(directory.path, "part");
  await Deno.writeFile(part, content);
  const { asked, fetch } = rangesOf(1_000);
  await transfer(file, { url: "https://hub/x", part, fetch });
  assert.deepEqual(asked, []);
});

Deno.test("an empty file needs no request", async () => {
  await using directory = await temporaryDirectory();
  const part = join(directory.path, "part");
  const empty: HubFile = {
    path: "merges.txt",
    bytes: 0,
    digest: { algorithm: "git-sha1", hex: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" },
  };
  const { asked, fetch } = rangesOf(1);
  await transfer(empty, { url: "https://hub/x", part, fetch });
  assert.deepEqual([asked, (await Deno.stat(part)).size], [[], 0]);
});

Deno.test("a stop in a pause keeps the part and says that the pull was stopped", async () => {
  await using directory = await temporaryDirectory();
  const part = join(directory.path, "part");
  const stop = new AbortController();
  const sleep = () => {
    stop.abort("SIGINT");
    return Promise.reject(stop.signal.reason);
  };
  const { fetch } = rangesOf(300);
  await assert.rejects(
    transfer(file, { url: "https://hub/x", part, fetch, sleep, signal: stop.signal }),
    {
      kind: "cancelled",
    },
  );
  assert.deepEqual(await Deno.readFile(part), content.slice(0, 300));
});
