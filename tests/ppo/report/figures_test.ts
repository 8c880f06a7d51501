import assert from "node:assert/strict";
import { compact, counted, duration, signed, tick } from "../../../src/ppo/report/figures.ts";

Deno.test("numbers have three digits, or all before the decimal point", () => {
  assert.deepEqual(
    [0, 1, -0.6, 0.01, 0.021449, 3.14159, -12.345, 99.96, 819.4, 8120.3, 1234567].map(compact),
    ["0", "1", "−0.6", "0.01", "0.0214", "3.14", "−12.3", "100", "819", "8,120", "1,234,567"],
  );
});

Deno.test("the very small and the very large are written with an exponent", () => {
  assert.deepEqual([1.41e-5, -2e-7, 3.456e9].map(compact), ["1.41e−5", "−2e−7", "3.46e9"]);
});

Deno.test("numbers that are not finite are a dash, with or without a sign", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.equal(compact(value), "–");
    assert.equal(duration(value), "–");
  }
  assert.deepEqual([signed(NaN), signed(0), signed(2), signed(-2)], ["–", "0", "+2", "−2"]);
});

Deno.test("ticks have no digits from floating point errors", () => {
  assert.deepEqual([0.1 + 0.2, -0.025, 1e-4, 120, 20_000].map(tick), [
    "0.3",
    "−0.025",
    "1e−4",
    "120",
    "20,000",
  ]);
});

Deno.test("durations have readable units", () => {
  assert.deepEqual([0.25, 9.87, 59.4, 59.6, 200, 7_500, 90_000].map(duration), [
    "0.25 s",
    "9.87 s",
    "59 s",
    "1 min 0 s",
    "3 min 20 s",
    "2 h 5 min",
    "25 h 0 min",
  ]);
});

Deno.test("a count agrees with its noun", () => {
  assert.deepEqual([0, 1, 2_000].map((count) => counted(count, "step")), [
    "0 steps",
    "1 step",
    "2,000 steps",
  ]);
});
