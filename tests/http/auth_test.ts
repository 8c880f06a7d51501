import assert from "node:assert/strict";
import fc from "fast-check";
import { requireKey } from "../../src/http/auth.ts";
import { KeyRing, onlyKeyName } from "../../src/http/keys.ts";

const key = "sk-Élan-42";
const asciiKey = "sk-4242";

function basic(pair: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

const accepted: readonly [name: string, header: string, key: string][] = [
  ["a bearer", `Bearer ${asciiKey}`, asciiKey],
  ["a bearer in another case", `bEARER   ${asciiKey} `, asciiKey],
  ["a password of basic", basic(`anybody:${asciiKey}`), asciiKey],
  ["a password without a user", basic(`:${asciiKey}`), asciiKey],
  ["a password with colons", basic("me:a:b:c"), "a:b:c"],
  ["a password beyond ASCII", basic(`me:${key}`), key],
];

for (const [name, header, expected] of accepted) {
  Deno.test(`${name} is taken`, () => {
    assert.equal(requireKey(header, KeyRing.of(expected)), onlyKeyName);
  });
}

const refused: readonly [name: string, header: string | undefined][] = [
  ["no header", undefined],
  ["an empty header", ""],
  ["another key", "Bearer sk-4243"],
  ["a prefix of the key", "Bearer sk-424"],
  ["the key and more", "Bearer sk-42420"],
  ["the key in another case", "Bearer SK-4242"],
  ["no scheme", asciiKey],
  ["another scheme", `Digest ${asciiKey}`],
  ["the key as user name", basic(`${asciiKey}:`)],
  ["basic without a colon", basic(asciiKey)],
  ["basic that is not base64", "Basic ä"],
];

for (const [name, header] of refused) {
  Deno.test(`${name} is refused`, () => {
    assert.throws(() => requireKey(header, KeyRing.of(asciiKey)), {
      name: "AbacusError",
      kind: "unauthorized",
    });
  });
}

Deno.test("a refusal never repeats what was shown, nor the key", () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]{8,20}$/), (shown) => {
    assert.throws(() => requireKey(`Bearer ${shown}`, KeyRing.of(asciiKey)), (error: Error) => {
      return !error.message.includes(shown) && !error.message.includes(asciiKey);
    });
  }));
});
