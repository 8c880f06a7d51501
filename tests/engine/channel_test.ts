import assert from "node:assert/strict";
import { Channel } from "../../src/engine/channel.ts";

/** A worker whose code is given as text. */
function worker(code: string): Worker {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
}

const run = { kind: "run", feeds: {} } as const;
const ran = `{ kind: "ran", id: data.id, logits: data.id, credit: 0, inferenceMs: 0 }`;

Deno.test("replies find their requests in whatever order they come", async () => {
  const channel = new Channel(worker(`
    const held = [];
    onmessage = ({ data }) => {
      held.unshift(${ran});
      if (held.length === 3) held.forEach((reply) => postMessage(reply));
    };`));
  const replies = await Promise.all([0, 1, 2].map(() => channel.ask(run, "ran")));
  assert.deepEqual(replies.map(({ logits }) => logits as unknown), [0, 1, 2]);
  await channel.close(0);
});

Deno.test("a failure carries the worker's own words", async () => {
  const channel = new Channel(worker(`
    onmessage = ({ data }) => postMessage({ kind: "failed", id: data.id, message: "out of oil" });`));
  await assert.rejects(channel.ask(run, "ran"), /^Error: out of oil$/);
  await channel.close(0);
});

Deno.test("a worker that dies rejects every open and every later request", async () => {
  const channel = new Channel(worker(`onmessage = () => { throw new Error("burst"); };`));
  const open = [channel.ask(run, "ran"), channel.ask(run, "ran")];
  for (const each of open) await assert.rejects(each, /worker died: .*burst/);
  await assert.rejects(channel.ask(run, "ran"), /worker died/);
  await channel.close(0);
});

Deno.test("closing rejects what is open", async () => {
  const channel = new Channel(worker(`onmessage = () => {};`));
  const open = channel.ask(run, "ran");
  const rejected = assert.rejects(open, /the engine is closed/);
  await channel.close(0);
  await rejected;
});

Deno.test("closing waits for the session to be released, but not for ever", async () => {
  const released: string[] = [];
  const code = `onmessage = ({ data }) => {
    if (data.kind === "close") setTimeout(() => postMessage({ kind: "closed", id: data.id }), 50);
  };`;
  const channel = new Channel(worker(code));
  const open = channel.ask(run, "ran");
  open.catch(() => released.push("rejected"));
  await channel.close();
  assert.deepEqual(released, ["rejected"]);
  await channel.close(); // twice is once

  const deaf = new Channel(worker(`onmessage = () => {};`));
  await deaf.close(10);
  await assert.rejects(deaf.ask(run, "ran"), /the engine is closed/);
});
