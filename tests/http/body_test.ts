import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { readJson } from "../../src/http/body.ts";

const never = new AbortController().signal;

function post(body: BodyInit | null, contentType: string | null = "application/json"): Request {
  const headers = new Headers(contentType === null ? {} : { "Content-Type": contentType });
  const request = new Request("http://abacus/", { method: "POST", body, headers });
  if (contentType === null) request.headers.delete("Content-Type");
  return request;
}

function read(request: Request, { maxBytes = 1_000, signal = never } = {}): Promise<unknown> {
  return readJson(request, { maxBytes, signal });
}

async function refusal(work: Promise<unknown>): Promise<AbacusError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AbacusError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "expected a refusal" });
}

/** A body of `count` chunks, and how many of them were asked for. */
function chunked(count: number, chunk: Uint8Array) {
  const asked = { chunks: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (asked.chunks++ < count) controller.enqueue(chunk);
      else controller.close();
    },
    cancel: () => void (asked.cancelled = true),
  }, { highWaterMark: 0 });
  return { asked, body };
}

Deno.test("a JSON body is read whatever it holds and however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.integer({ min: 1, max: 7 }), async (value, size) => {
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      assert.deepEqual(
        await read(post(ReadableStream.from(chunks)), { maxBytes: 1e6 }),
        JSON.parse(JSON.stringify(value)),
      );
    }),
  );
});

for (
  const type of [
    "application/json",
    "Application/JSON; charset=UTF-8",
    "application/vnd.x+json",
    'application/json;charset="utf-8"',
  ]
) {
  Deno.test(`the content type ${type} is taken`, async () => {
    assert.deepEqual(await read(post("[1]", type)), [1]);
  });
}

for (
  const type of [
    null,
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonp",
    "application/json; charset=utf-16",
  ]
) {
  Deno.test(`the content type ${type ?? "(none)"} is refused`, async () => {
    const error = await refusal(read(post(new TextEncoder().encode("[1]"), type)));
    assert.equal(error.kind, "invalid_request");
    assert.match(error.message, /content type|UTF-8/);
  });
}

Deno.test("a byte order mark is no fault", async () => {
  assert.deepEqual(await read(post("\ufeff[1]")), [1]);
});

Deno.test("an empty body is named as such", async () => {
  assert.match((await refusal(read(post(null)))).message, /has no body: received 0 bytes$/);
  assert.match((await refusal(read(post("")))).message, /has no body: received 0 bytes$/);
});

Deno.test("what is not JSON is refused with its line, column and position", async () => {
  const error = await refusal(read(post('{"items": [\n  {"prompt": "a",}]}')));
  assert.equal(error.kind, "invalid_request");
  assert.equal(
    error.message,
    'Cannot read the request as it is not JSON: received "}" at line 2 column 18 (position 29)',
  );
});

const notUtf8: readonly [name: string, bytes: number[], message: RegExp][] = [
  ["a byte that no character has", [0x22, 0xff, 0x22], /0xff at byte 1$/],
  ["a lone continuation", [0x22, 0x61, 0x80, 0x22], /0x80 at byte 2$/],
  ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22], /at byte [12]$/],
  ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22], /0xc0 at byte 1$/],
  ["a character cut off at the end", [0x22, 0xf0, 0x9f, 0x98], /end of input at byte 4$/],
];

for (const [name, bytes, message] of notUtf8) {
  Deno.test(`${name} is invalid UTF-8 and its place is named`, async () => {
    const error = await refusal(read(post(new Uint8Array(bytes))));
    assert.equal(error.kind, "invalid_request");
    assert.match(error.message, /not valid UTF-8/);
    assert.match(error.message, message);
  });
}

Deno.test("a body of the largest size is read and one byte more is too large", async () => {
  assert.deepEqual(await read(post("[1234567]"), { maxBytes: 9 }), [1234567]);
  const error = await refusal(read(post("[12345678]"), { maxBytes: 9 }));
  assert.equal(error.kind, "too_large");
  assert.match(error.message, /at most 9 bytes: received 10$/);
});

Deno.test("bytes are counted as they come, and far beyond the limit nothing more is read", async () => {
  const { asked, body } = chunked(1_000, new Uint8Array(100));
  const error = await refusal(read(post(body), { maxBytes: 1_000 }));
  assert.equal(error.kind, "too_large");
  assert.ok(asked.chunks < 50, `${asked.chunks} chunks`);
  assert.ok(asked.cancelled);
});

Deno.test("a body that breaks off is a cancelled request", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  const error = await refusal(read(post(body)));
  assert.equal(error.kind, "cancelled");
  assert.match(String(error.cause), /reset/);
});

Deno.test("a body that never ends is left when the signal says so, with its reason", async () => {
  const stop = new AbortController();
  const body = new ReadableStream({ pull: () => new Promise(() => {}) });
  const reading = refusal(read(post(body), { signal: stop.signal }));
  stop.abort(new AbacusError("deadline_exceeded", "Cannot answer as told"));
  assert.equal((await reading).kind, "deadline_exceeded");
});

/** A body whose headers promise a number of bytes. */
function promised(body: BodyInit, bytes: number): Request {
  const request = post(body);
  request.headers.set("Content-Length", String(bytes));
  return request;
}

Deno.test("a body of the promised size is read", async () => {
  assert.deepEqual(await read(promised("[12]", 4)), [12]);
  assert.deepEqual(await read(promised("[12]", 4), { maxBytes: 4 }), [12]);
});

Deno.test("a promised size over the limit, or one that is not kept, is too large", async () => {
  for (const bytes of [5, 1]) {
    const error = await refusal(read(promised("[123]", bytes), { maxBytes: 4 }));
    assert.equal(error.kind, "too_large");
    assert.match(error.message, /at most 4 bytes: received 5$/);
  }
});

Deno.test("a body of a promised size that breaks off is a cancelled request", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  const error = await refusal(read(promised(body, 10)));
  assert.equal(error.kind, "cancelled");
  assert.match(String(error.cause), /reset/);
});

Deno.test("a signal that has already ended is heeded", async () => {
  const signal = AbortSignal.abort(new AbacusError("cancelled", "Cannot answer as told"));
  for (const request of [post("[1]"), promised("[1]", 3)]) {
    assert.equal((await refusal(read(request, { signal }))).kind, "cancelled");
  }
});

Deno.test("a body claims its bytes: a short one before it comes, a long one as it does", async () => {
  const claims: number[] = [];
  const claim = (bytes: number) => void claims.push(bytes);
  const options = { maxBytes: 1e6, signal: never, claim };
  const short = JSON.stringify("short");
  const sized = (body: BodyInit, length: number) =>
    new Request("http://abacus/", {
      ...{ method: "POST", body },
      headers: { "Content-Type": "application/json", "Content-Length": `${length}` },
    });
  await readJson(sized(short, short.length), options);
  assert.equal(claims[0], short.length);
  claims.length = 0;
  const chunk = new TextEncoder().encode("1".repeat(100_000));
  await readJson(sized(chunked(3, chunk).body, 300_000), options);
  assert.deepEqual(claims.slice(0, 3), [100_000, 200_000, 300_000]);
});

Deno.test("a claim that is refused ends the reading", async () => {
  const refused = new AbacusError("overloaded", "Cannot read the request as others hold too much");
  const { asked, body } = chunked(9, new TextEncoder().encode("12"));
  const claim = (bytes: number) => {
    if (bytes > 4) throw refused;
  };
  assert.equal(
    await refusal(readJson(post(body), { maxBytes: 99, signal: never, claim })),
    refused,
  );
  assert.ok(asked.cancelled);
});

Deno.test("a compressed body claims what it says it holds, and the most it may where it says less", async () => {
  const bytes = gzipSync(JSON.stringify("x".repeat(500)));
  const claimsOf = async (body: Uint8Array<ArrayBuffer>) => {
    const claims: number[] = [];
    const request = post(body);
    request.headers.set("Content-Encoding", "gzip");
    const claim = (bytes: number) => void claims.push(bytes);
    assert.equal(
      await readJson(request, { maxBytes: 1_000, signal: never, claim }),
      "x".repeat(500),
    );
    return claims.filter((claim) => claim > body.length);
  };
  const whole = new Uint8Array(bytes);
  assert.deepEqual(await claimsOf(whole), [502]);
  // Two members, as files put together have: the end of the second says what it holds alone.
  const [first, second] = ['"' + "x".repeat(499), 'x"'].map((text) => gzipSync(text));
  const two = new Uint8Array([...first!, ...second!]);
  assert.deepEqual(await claimsOf(two), [1_000]);
});
