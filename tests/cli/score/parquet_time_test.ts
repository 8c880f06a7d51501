import assert from "node:assert/strict";
import fc from "fast-check";
import { dateText, instantText, timeText } from "../../../src/cli/score/parquet_time.ts";

Deno.test("instants have all the digits of their unit, before and after 1970", () => {
  assert.equal(instantText(1_767_323_045_678n, "MILLIS"), "2026-01-02T03:04:05.678");
  assert.equal(instantText(1_767_323_045_678_901n, "MICROS"), "2026-01-02T03:04:05.678901");
  assert.equal(instantText(-1n, "NANOS"), "1969-12-31T23:59:59.999999999");
  assert.equal(timeText(11_045_678_901n, "MICROS"), "03:04:05.678901");
  assert.equal(dateText(-3653), "1960-01-01");
});

Deno.test("an instant is read back as the same count", () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (count) => {
    const text = instantText(count, "NANOS");
    const seconds = BigInt(Date.parse(`${text.slice(0, 19)}Z`) / 1_000);
    assert.equal(seconds * 10n ** 9n + BigInt(text.slice(20)), count);
  }));
});

Deno.test("a day that no calendar has keeps its count", () => {
  assert.equal(dateText(2 ** 31 - 1), `${(2 ** 31 - 1) * 86_400} s after 1970-01-01`);
});
