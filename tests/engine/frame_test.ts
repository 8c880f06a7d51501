import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, readFrames } from "../../src/engine/frame.ts";

/** A stream of some bytes, in pieces of one size. */
function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return ReadableStream.from((function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  })());
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const messages = fc.array(
  fc.record({
    id: fc.nat(),
    text: fc.string(),
    number: fc.oneof(fc.double({ noDefaultInfinity: false }).filter((x) => !Object.is(x, -0))),
    feeds: fc.dictionary(
      fc.string(),
      fc.record({
        data: fc.oneof(
          fc.float32Array({ maxLength: 9 }),
          fc.int32Array({ maxLength: 9 }),
          fc.bigInt64Array({ maxLength: 9 }),
          fc.uint8Array({ maxLength: 9 }),
        ),
        dims: fc.array(fc.nat(9), { maxLength: 3 }),
      }),
    ),
  }, { noNullPrototype: true }),
  { maxLength: 4 },
);

Deno.test("messages arrive as they were sent, however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.integer({ min: 1, max: 40 }), async (sent, size) => {
      const frames = joined(sent.map(encodeFrame));
      const received = await Array.fromAsync(readFrames(inPieces(frames, size)));
      assert.deepEqual(plain(received), plain(sent));
    }),
    { numRuns: 60 },
  );
});

/** Without the prototypes of records, which JSON does not keep. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}

Deno.test("an array that shows a part of a buffer travels as that part", async () => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const [received] = await Array.fromAsync(readFrames(inPieces(encodeFrame({ data }), 7)));
  assert.deepEqual(received, { data: Float32Array.of(2, 3) });
});

Deno.test("what JSON does not know travels: NaN, infinities, and a reply of nothing", async () => {
  const sent = { onDevice: NaN, most: -Infinity, reply: undefined };
  const [received] = await Array.fromAsync(readFrames(inPieces(encodeFrame(sent), 64)));
  assert.deepEqual(received, { onDevice: NaN, most: -Infinity, reply: null });
});

Deno.test("something else on the stream is an error that shows it", async () => {
  const noise = new TextEncoder().encode("Segmentation fault (core dumped)\n");
  const frames = joined([encodeFrame({ id: 1 }), noise]);
  const read = Array.fromAsync(readFrames(inPieces(frames, 1_000)));
  await assert.rejects(read, { name: "TypeError", message: /received "Segmentation/ });
});

Deno.test("a stream that ends within a frame ends the messages", async () => {
  const cut = encodeFrame({ data: new Float32Array(100) }).slice(0, -8);
  assert.deepEqual(await Array.fromAsync(readFrames(inPieces(cut, 50))), []);
});
