import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pullModel } from "../../../src/model/hub/pull_model.ts";
import { safetensors, temporaryDirectory } from "../../support/checkpoint.ts";
import { fakeHub } from "./fake_hub.ts";

const WEIGHTS = "model.safetensors";
const weights = safetensors([{
  name: "w",
  shape: [50_000],
  data: new Float32Array(50_000).fill(0.5),
}]);
const half = 100_000;

Deno.test("a process killed in the middle of a file leaves a part that the next pull goes on with", async () => {
  await using models = await temporaryDirectory();
  await using hub = fakeHub({
    files: { "config.json": "{}", [WEIGHTS]: weights },
    misbehave: ({ what, host }) =>
      what === WEIGHTS && host === "store" ? halfAndSilence() : undefined,
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-net=127.0.0.1",
      fileURLToPath(new URL("./pull_alone.ts", import.meta.url)),
      hub.url,
      models.path,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await untilPrinted(child.stdout, half + 2); // config.json has 2 bytes
  child.kill("SIGKILL");
  assert.equal((await child.status).signal, "SIGKILL");

  hub.options = { files: hub.options.files };
  hub.requests.length = 0;
  const { directory, fetchedBytes } = await pullModel("owner/reward", {
    into: models.path,
    hubUrl: hub.url,
  });
  assert.equal(fetchedBytes, weights.length - half);
  assert.deepEqual(
    hub.requests.filter(({ host }) => host === "store").map(({ what, range }) => [what, range]),
    [
      [WEIGHTS, `bytes=${half}-`],
    ],
  );
  assert.deepEqual(await Deno.readFile(join(directory, WEIGHTS)), weights);
});

/** Half of the weights, and a connection that stays open. */
function halfAndSilence(): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(weights.subarray(0, half)),
  });
  return new Response(body, { headers: { "Content-Length": String(weights.length) } });
}

/** Reads lines of numbers until one is large enough. */
async function untilPrinted(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
  bytes: number,
): Promise<void> {
  let text = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const whole = text.slice(0, text.lastIndexOf("\n")).split("\n");
    if (whole.some((line) => Number(line) >= bytes)) return;
  }
  assert.fail(`the pull ended before it could be killed, after printing ${text}`);
}
