import assert from "node:assert/strict";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { AbacusError } from "../../src/errors.ts";
import { readJson } from "../../src/http/body.ts";
import { decoderOf } from "../../src/http/content_encoding.ts";

const body = new TextEncoder().encode('{"text":"é"}');

/** Reads a body of JSON whose headers name an encoding, with or without its size. */
async function read(
  bytes: Uint8Array,
  encoding: string,
  { maxBytes = 1_000, sized = true } = {},
): Promise<unknown> {
  const headers = { "Content-Type": "application/json", "Content-Encoding": encoding };
  const request = new Request("http://abacus/", {
    method: "POST",
    headers,
    body: new Uint8Array(bytes),
  });
  if (sized) request.headers.set("Content-Length", String(bytes.length));
  return await readJson(request, { maxBytes, signal: new AbortController().signal });
}

function refusedAs(kind: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AbacusError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };
}

Deno.test("a body in gzip is read, of a promised size or not", async () => {
  for (const encoding of ["gzip", "x-gzip", " GZIP "]) {
    for (const sized of [true, false]) {
      assert.deepEqual(await read(gzipSync(body), encoding, { sized }), { text: "é" });
    }
  }
  assert.deepEqual(await read(body, "identity"), { text: "é" });
});

Deno.test("the limit is that of the decompressed bytes", async () => {
  const bytes = gzipSync(new TextEncoder().encode(`"${"a".repeat(998)}"`));
  assert.equal(await read(bytes, "gzip"), "a".repeat(998));
  await assert.rejects(
    read(bytes, "gzip", { maxBytes: 999 }),
    refusedAs("too_large", /at most 999 bytes: received \d+ bytes of gzip that hold more$/),
  );
});

Deno.test("a few bytes that stand for very many are stopped at the limit", async () => {
  const bomb = gzipSync(new Uint8Array(256 * 2 ** 20));
  const before = Deno.memoryUsage().rss;
  await assert.rejects(read(bomb, "gzip", { maxBytes: 1_000_000 }), refusedAs("too_large", /gzip/));
  assert.ok(Deno.memoryUsage().rss - before < 64 * 2 ** 20);
});

Deno.test("a body that is no gzip, or breaks off, is said to be so", async () => {
  const whole = gzipSync(body);
  for (const bytes of [body, whole.subarray(0, whole.length - 9)]) {
    await assert.rejects(
      read(bytes, "gzip"),
      refusedAs("invalid_request", /content encoding is gzip and its body is not, or breaks off/),
    );
  }
});

Deno.test("a body in gzip without the header is what its bytes are", async () => {
  await assert.rejects(read(gzipSync(body), ""), refusedAs("invalid_request", /not valid UTF-8/));
});

Deno.test("any other encoding is refused by its name, before the body is read", async () => {
  for (const encoding of ["br", "gzip, gzip", "constructor"]) {
    const message = new RegExp(`must be gzip or none: received ${encoding}$`);
    assert.throws(
      () => decoderOf(new Headers({ "Content-Encoding": encoding })),
      refusedAs("unsupported_media_type", message),
    );
  }
  await assert.rejects(
    read(brotliCompressSync(body), "br"),
    refusedAs("unsupported_media_type", /received br$/),
  );
});
