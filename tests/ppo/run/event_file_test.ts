import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32c, EventFile, framed } from "../../../src/ppo/run/event_file.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("the checksum is that of RFC 3720, appendix B.4", () => {
  assert.equal(crc32c(bytesOf("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

Deno.test("a record is its length and its message, each with a checksum", () => {
  const record = framed(bytesOf("abc"));
  assert.equal(record.length, 3 + 16);
  const view = new DataView(record.buffer);
  assert.equal(view.getBigUint64(0, true), 3n);
  assert.deepEqual(record.subarray(12, 15), bytesOf("abc"));
  // As TFRecord masks them: turned by 15 bits, plus a constant.
  const masked = (sum: number) =>
    Number((BigInt(((sum >>> 15) | (sum << 17)) >>> 0) + 0xa282ead8n) & 0xffffffffn);
  assert.equal(view.getUint32(8, true), masked(crc32c(record.subarray(0, 8))));
  assert.equal(view.getUint32(15, true), masked(crc32c(bytesOf("abc"))));
});

/** The messages of a file, by the lengths that it states. */
function messagesOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    found.push(new TextDecoder("latin1").decode(bytes.subarray(at + 12, at + 12 + length)));
    at += length + 16;
  }
  return found;
}

Deno.test("a file is created with the first numbers, and every process has one of its own", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const folder = join(directory, "tensorboard");
    const write = async (nowMs: number, steps: readonly number[]) => {
      const file = new EventFile(folder, () => nowMs);
      file.resumeAfter(steps[0]! - 1);
      for (const step of steps) {
        const values = new Map([["train/none", NaN], ["train/kl", step], ["train/zero", 0]]);
        await file.append({ step, values });
      }
    };
    await write(1_700_000_000_000, [1, 2]);
    await write(1_700_000_100_000, [2]);
    const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
    assert.deepEqual(names, [
      "events.out.tfevents.1700000000.000.1.abacus",
      "events.out.tfevents.1700000100.000.2.abacus",
    ]);
    const messages = messagesOf(await Deno.readFile(join(folder, names[0]!)));
    assert.equal(messages.length, 4, "the version, the start, and two steps");
    assert.match(messages[0]!, /brain\.Event:2$/);
    assert.ok(messages.slice(2).every((message) => message.includes("train/kl")));
    assert.ok(!messages.join("").includes("train/none"), "what is no number is left out");
    assert.ok(messages[3]!.endsWith("\x15\0\0\0\0"), "0 is written as a float");
    assert.equal(messagesOf(await Deno.readFile(join(folder, names[1]!))).length, 3);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
