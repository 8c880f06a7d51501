/**
 * @module
 */

import assert from "node:assert/strict";
import { beginning, parseJson, readText } from "../../src/client/answer.ts";
import { RequestScope } from "../../src/client/request_scope.ts";
import { FakeClock } from "../support/fake_clock.ts";

function reading(maxBytes = 100) {
  const clock = new FakeClock();
  return { clock, options: { maxBytes, scope: new RequestScope({ clock, timeoutMs: 50 }) } };
}

function streamed(...chunks: (Uint8Array | Error | undefined)[]): Response {
  return new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk instanceof Error) controller.error(chunk);
        else if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    }),
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a text arrives whole however it was cut, even through a character", async () => {
  const whole = bytes("grün");
  const { options } = reading();
  assert.equal(await readText(streamed(whole.slice(0, 3), whole.slice(3)), options), "grün");
  assert.equal(await readText(new Response(null), options), "");
});

Deno.test("a body that breaks off is a network that failed", async () => {
  const { options } = reading();
  await assert.rejects(readText(streamed(bytes("{"), new Error("reset")), options), {
    kind: "network",
    message: /connection broke: Error: reset/,
  });
});

Deno.test("a body that is too large is not read to its end", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(60)),
    cancel: () => void (cancelled = true),
  });
  const { options } = reading();
  await assert.rejects(readText(new Response(endless), options), { kind: "protocol" });
  assert.ok(cancelled);
});

Deno.test("a body that stops coming ends with the call", async () => {
  const { clock, options } = reading();
  const stuck = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const failure = assert.rejects(readText(new Response(stuck), options), { kind: "timeout" });
  clock.advance(50);
  await failure;
});

Deno.test("bytes that are not UTF-8 are no text", async () => {
  await assert.rejects(readText(streamed(Uint8Array.of(0x22, 0xff)), reading().options), {
    kind: "protocol",
    message: /not UTF-8/,
  });
});

Deno.test("JSON is what says so and is so", () => {
  for (
    const type of ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]
  ) {
    assert.deepEqual(parseJson('{"a":1}', type), { a: 1 });
  }
  for (const type of [null, "", "text/html", "application/jsonp"]) {
    assert.throws(() => parseJson("{}", type), { kind: "protocol", message: /as it is not JSON/ });
  }
  for (const text of ["", "{", '{"a":NaN}', "{}{}"]) {
    assert.throws(() => parseJson(text, "application/json"), { message: /its JSON is broken/ });
  }
});

Deno.test("the beginning of a text is one short line", () => {
  assert.equal(beginning("  \n"), "nothing");
  assert.equal(beginning("a\n  b"), "'a b'");
  assert.ok(beginning("y".repeat(1_000)).length < 70);
});
