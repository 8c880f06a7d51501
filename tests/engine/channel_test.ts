import assert from "node:assert/strict";
import { Channel as PortChannel } from "../../src/engine/channel.ts";
import { threadPort } from "../../src/engine/thread_port.ts";

/** A channel to a thread. */
class Channel extends PortChannel {
  constructor(worker: Worker) {
    super(threadPort(worker));
  }
}

/** A worker whose code is given as text. */
function worker(code: string): Worker {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
}

const run = { name: "any", feeds: {} };

Deno.test("replies find their requests in whatever order they come", async () => {
  const channel = new Channel(worker(`
    const held = [];
    onmessage = ({ data }) => {
      held.unshift({ id: data.id, reply: { outputs: {}, runMs: data.id } });
      if (held.length === 3) held.forEach((reply) => postMessage(reply));
    };`));
  const replies = await Promise.all([0, 1, 2].map(() => channel.ask("run", run)));
  assert.deepEqual(replies.map(({ runMs }) => runMs), [0, 1, 2]);
  await channel.close(0);
});

for (const [name, type] of [["Error", Error], ["TypeError", TypeError], ["Odd", Error]] as const) {
  Deno.test(`a failure carries the worker's own words, ${name} as ${type.name}`, async () => {
    const channel = new Channel(worker(`onmessage = ({ data }) =>
      postMessage({ id: data.id, failure: { name: "${name}", message: "out of oil" } });`));
    await assert.rejects(channel.ask("run", run), (error: Error) => {
      assert.equal(error.constructor, type);
      assert.equal(error.message, "out of oil");
      return true;
    });
    await channel.close(0);
  });
}

Deno.test("a worker that dies rejects every open and every later request", async () => {
  const channel = new Channel(worker(`onmessage = () => { throw new Error("burst"); };`));
  const open = [channel.ask("run", run), channel.ask("run", run)];
  for (const each of open) await assert.rejects(each, /worker died: .*burst/);
  await assert.rejects(channel.ask("run", run), /worker died/);
  await channel.close(0);
});

Deno.test("a reply that cannot be read rejects every open request", async () => {
  const silent = worker(`onmessage = () => {};`);
  const channel = new Channel(silent);
  const open = [channel.ask("run", run), channel.ask("run", run)];
  silent.dispatchEvent(new MessageEvent("messageerror"));
  for (const each of open) await assert.rejects(each, /reply of the engine cannot be read/);
  await channel.close(0);
});

Deno.test("what cannot travel is refused and leaves nothing open", async () => {
  const channel = new Channel(worker(`onmessage = () => {};`));
  const { buffer } = new Float32Array(4);
  buffer.transfer();
  await assert.rejects(channel.ask("run", run, [buffer]), /detached/i);
  await channel.close(0); // an open request would be rejected here, with nobody to hear it
});

Deno.test("closing rejects what is open", async () => {
  const channel = new Channel(worker(`onmessage = () => {};`));
  const open = channel.ask("run", run);
  const rejected = assert.rejects(open, /the engine is closed/);
  await channel.close(0);
  await rejected;
});

Deno.test("who closes what is closing already waits for the end too", async () => {
  const channel = new Channel(worker(`onmessage = ({ data }) => {
    setTimeout(() => postMessage({ id: data.id, reply: undefined }), 50);
  };`));
  const ended: string[] = [];
  const first = channel.close().then(() => ended.push("first"));
  await channel.close();
  assert.deepEqual(ended, ["first"]);
  await first;
});

Deno.test("closing waits for the sessions to be released, but not for ever", async () => {
  const released: string[] = [];
  const code = `onmessage = ({ data }) => {
    if (data.kind === "close") setTimeout(() => postMessage({ id: data.id, reply: undefined }), 50);
  };`;
  const channel = new Channel(worker(code));
  const open = channel.ask("run", run);
  open.catch(() => released.push("rejected"));
  await channel.close();
  assert.deepEqual(released, ["rejected"]);
  await channel.close(); // twice is once

  const deaf = new Channel(worker(`onmessage = () => {};`));
  await deaf.close(10);
  await assert.rejects(deaf.ask("run", run), /the engine is closed/);
});
