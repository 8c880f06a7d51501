import assert from "node:assert/strict";
import { BytesReply } from "../../src/http/bytes_reply.ts";

Deno.test("parts are put together in their order", () => {
  const reply = new BytesReply([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)], {});
  assert.deepEqual([...reply.bytes], [1, 2, 3]);
});
