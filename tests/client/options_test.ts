/**
 * @module
 */

import assert from "node:assert/strict";
import { checkTimeout, type RewardClientOptions, settingsOf } from "../../src/client/options.ts";

const url = "http://127.0.0.1:8080";

Deno.test("an address is a base, with or without a path and a slash", () => {
  const bases = [url, `${url}/`, `${url}/abacus`, new URL(`${url}/abacus/?q#f`)];
  assert.deepEqual(bases.map((url) => settingsOf({ url }).url), [
    `${url}/`,
    `${url}/`,
    `${url}/abacus/`,
    `${url}/abacus/`,
  ]);
});

Deno.test("an option that cannot be right is named, with what was received", () => {
  const wrong: [Partial<RewardClientOptions>, RegExp][] = [
    [{ url: "rewards" }, /'url' must be an address .*: received rewards$/],
    [{ url: "ftp://host" }, /'url' must begin with http: or https:/],
    [{ url: "http://me:secret@host" }, /'url' must not hold a password.*: received host$/],
    [
      { apiKey: "line\nbreak" },
      /'apiKey' must be of visible ASCII characters: received 10 characters/,
    ],
    [{ apiKey: "" }, /'apiKey'/],
    [{ concurrency: 0 }, /'concurrency' must be an integer of at least 1: received 0/],
    [{ retries: -1 }, /'retries' must be an integer of at least 0/],
    [{ retries: 1.5 }, /'retries'/],
    [{ maxItemsPerRequest: NaN }, /'maxItemsPerRequest'/],
    [{ timeoutMs: 0 }, /'timeoutMs' must be a positive number/],
    [{ timeoutMs: NaN }, /'timeoutMs'/],
    [{ encoding: "float16" as "json" }, /'encoding' must be 'base64' or 'json'/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => settingsOf({ url, ...options }), { name: "TypeError", message });
  }
  assert.throws(() => settingsOf({ url, apiKey: "sk-secret\n" }), (error: Error) => {
    return !error.message.includes("secret");
  });
  assert.equal(checkTimeout(Infinity), Infinity);
});
