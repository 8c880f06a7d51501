import assert from "node:assert/strict";
import { defaultWireLimits } from "../../src/wire/limits.ts";
import { messageOf, messageSchema } from "../../src/wire/message.ts";
import { parseWire } from "../../src/wire/parse.ts";
import { rewardRequestSchema } from "../../src/wire/request.ts";

const schema = messageSchema(defaultWireLimits);

function read(message: unknown) {
  return messageOf(parseWire(schema, message));
}

Deno.test("null keys are absent, as transformers drops them; all others stay", () => {
  const written = {
    role: "assistant",
    content: "Hi",
    name: null,
    tool_calls: [{ id: "1", function: { name: "f", arguments: { a: null, b: [1, 2.5, true] } } }],
    weight: 1,
    stamp: 2n ** 60n,
  };
  const { name: _, ...kept } = written;
  assert.deepEqual(read(written), kept);
});

Deno.test("parts of a content are joined, also as Arrow writes them", () => {
  const content = [
    { type: "text", text: "The movie", image_url: null },
    { type: "text", text: " was fine." },
  ];
  assert.deepEqual(read({ role: "user", content }), {
    role: "user",
    content: "The movie was fine.",
  });
  assert.deepEqual(read({ role: "user", content: [] }), { role: "user", content: "" });
});

Deno.test("a message without content needs something in its place", () => {
  const calls = { role: "assistant", tool_calls: [] };
  assert.deepEqual(read({ ...calls, content: null }), calls);
  assert.deepEqual(read(calls), calls);
  for (const message of [{ role: "user" }, { role: "user", content: null, tool_calls: null }]) {
    assert.throws(() => read(message), { path: "content", message: /text parts: received n/ });
  }
});

Deno.test("a key called like anything in JavaScript is a key", () => {
  const message = messageOf(JSON.parse('{"role":"user","content":"","__proto__":{"x":1}}'));
  assert.deepEqual(Object.entries(message).at(-1), ["__proto__", { x: 1 }]);
});

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

const faults: readonly (readonly [string, object, string, RegExp])[] = [
  ["content that is a number", { content: 5 }, ".content", /a list of text parts: received 5$/],
  ["an image", { content: [{ type: "image", text: "" }] }, ".content[0].type", /must be 'text'/],
  [
    "a part without text",
    { content: [{ type: "text" }] },
    ".content[0].text",
    /a string: received/,
  ],
  [
    "a part with a key",
    { content: [{ type: "text", text: "", cache: 1 }] },
    ".content[0].cache",
    /must be null or absent.*received 1$/,
  ],
  ["half a character", { name: "\ud83c" }, ".name", /well-formed/],
  ["a date", { at: { stamp: new Date(0) } }, ".at.stamp", /that JSON can write/],
  ["a number without end", { weight: [Infinity] }, ".weight[0]", /that JSON can write/],
  ["too deep a value", { a: nested(100) }, `.a${"[0]".repeat(64)}`, /64 levels deep/],
  ["too many values", { a: new Array(100_000).fill(0) }, "", /hold at most 65536 values/],
];

for (const [name, more, path, message] of faults) {
  Deno.test(`the fault of ${name} is told by its own path`, () => {
    const messages = [{ role: "user", content: "" }, { role: "user", content: "", ...more }];
    const request = { items: [{ messages, completions: ["x"] }] };
    assert.throws(() => parseWire(rewardRequestSchema(), request), {
      path: `items[0].messages[1]${path}`,
      message,
    });
  });
}
