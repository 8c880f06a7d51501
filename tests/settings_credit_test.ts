import assert from "node:assert/strict";
import { z } from "zod";
import { creditSettings } from "../src/settings_credit.ts";

const settings = z.object(creditSettings());

Deno.test("a unit and its pay are read from text, and are nobody's choice without it", () => {
  assert.deepEqual(settings.parse({}), {});
  assert.deepEqual(settings.parse({ creditUnit: "window:4", creditPay: "spread" }), {
    creditUnit: { window: 4 },
    creditPay: "spread",
  });
});

Deno.test("what is no unit says what one is", () => {
  const { error } = settings.safeParse({ creditUnit: "words" });
  assert.match(error!.issues[0]!.message, /^one of token, .*window:N or separator:TEXT$/);
});
