import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { creditMethods } from "../../src/credit/registry.ts";
import type { CreditMethod } from "../../src/credit/method.ts";
import { AbacusError } from "../../src/errors.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";
import { parseWire } from "../../src/wire/parse.ts";
import {
  completionsOf,
  creditFields,
  type RewardRequestInput,
  rewardRequestSchema,
} from "../../src/wire/request.ts";

const schema = rewardRequestSchema();
const plain = { prompt: "The movie was", completions: [" fine."] };

function read(value: unknown) {
  return parseWire(schema, value);
}

function refusal(value: unknown): AbacusError {
  try {
    read(value);
  } catch (error) {
    assert.ok(error instanceof AbacusError);
    return error;
  }
  return assert.fail("the request was accepted");
}

Deno.test("the smallest request gets every default", () => {
  assert.deepEqual(read({ items: [plain] }), {
    items: [plain],
    credit: { beta: 0.8 }, // the method is that of the model
    truncate: "none",
    encoding: "json",
  });
});

Deno.test("all three forms of an item are read, also in one request", () => {
  const request: RewardRequestInput = {
    items: [
      { ...plain, token_spans: [[[0, 5], [5, 6], [6, 6]]] },
      { messages: [{ role: "user", content: "Hi" }], completions: ["", "Hello 🎬"] },
      { prompt_ids: [], completion_ids: [[1, 2], []] },
    ],
    credit: { method: "red", beta: 0 },
    model: "movie-reward",
    truncate: "left",
    encoding: "base64",
  };
  assert.deepEqual(read(request), request);
  assert.deepEqual(read(request).items.map((item) => completionsOf(item).length), [1, 2, 2]);
});

Deno.test("half a credit choice gets the other half's default", () => {
  assert.deepEqual(read({ items: [plain], credit: { beta: 1 } }).credit, {
    beta: 1,
  });
  assert.deepEqual(read({ items: [plain], credit: { method: "red" } }).credit, {
    method: "red",
    beta: 0.8,
  });
});

/** A malformed request, the path of its error, and what the message says. */
type Row = readonly [name: string, value: unknown, path: string | undefined, message: RegExp];

const forms = /must be \{ prompt, completions \}, \{ messages, completions \} or \{ prompt_ids, /;
const item = (change: object) => ({ items: [{ ...plain, ...change }] });
const withIds = (change: object) => ({
  items: [{ prompt_ids: [1], completion_ids: [[2]], ...change }],
});
const chat = (messages: unknown) => ({ items: [{ messages, completions: ["x"] }] });
const spans = (token_spans: unknown) => item({ token_spans });

const malformed: readonly Row[] = [
  ["null", null, undefined, /it must be an object: received null$/],
  ["a list", [], undefined, /it must be an object: received an empty list$/],
  ["a string", "x", undefined, /received 'x'$/],
  ["no items", {}, "items", /items must be a list: received nothing$/],
  ["items that are an object", { items: {} }, "items", /must be a list: received an empty object$/],
  [
    "an empty list of items",
    { items: [] },
    "items",
    /must hold at least 1 element: received an empty list$/,
  ],
  [
    "an unknown key",
    { items: [plain], modle: "x" },
    undefined,
    /unknown key \(its keys are items, credit, model, truncate, close, encoding\): received 'modle'$/,
  ],
  ["an item that is a number", { items: [plain, 7] }, "items[1]", /must be \{ prompt/],
  ["an empty item", { items: [{}] }, "items[0]", forms],
  ["a prompt among ids", withIds({ prompt: "x" }), "items[0]", /unknown key .*received 'prompt'$/],
  ["ids with texts", { items: [{ prompt_ids: [1], completions: ["x"] }] }, "items[0]", forms],
  ["a prompt and messages", item({ messages: [] }), "items[0]", /received 'messages'$/],
  [
    "a misspelt key",
    { items: [{ prompt: "x", completion: ["x"] }] },
    "items[0]",
    /\(its keys are prompt, completions, token_spans, steps\): received 'completion'$/,
  ],
  [
    "__proto__",
    JSON.parse('{"items":[{"prompt":"x","completions":["x"],"__proto__":{}}]}'),
    "items[0]",
    /received '__proto__'$/,
  ],
  [
    "a prompt that is a number",
    item({ prompt: 1 }),
    "items[0].prompt",
    /must be a string: received 1$/,
  ],
  [
    "a prompt that is null",
    item({ prompt: null }),
    "items[0].prompt",
    /must be a string: received null$/,
  ],
  ["no completions", item({ completions: [] }), "items[0].completions", /at least 1 element/],
  [
    "a completion that is a string, not a list",
    item({ completions: "x" }),
    "items[0].completions",
    /must be a list: received 'x'$/,
  ],
  [
    "a completion that is null",
    item({ completions: ["a", null] }),
    "items[0].completions[1]",
    /must be a string: received null$/,
  ],
  [
    "a lone high surrogate",
    item({ completions: ["a", "b", "\ud83c"] }),
    "items[0].completions[2]",
    /must be well-formed Unicode .*: received '\\ud83c'$/,
  ],
  [
    "a lone low surrogate in the prompt",
    item({ prompt: "a\udfacb" }),
    "items[0].prompt",
    /must be well-formed Unicode/,
  ],
  [
    "a lone surrogate in a message",
    chat([{ role: "user", content: "\ud83c" }]),
    "items[0].messages[0].content",
    /well-formed/,
  ],
  ["no messages", chat([]), "items[0].messages", /at least 1 element/],
  [
    "a message without content",
    chat([{ role: "user" }]),
    "items[0].messages[0].content",
    /must be a string or a list of text parts: received nothing$/,
  ],
  [
    "a lone surrogate in a role",
    chat([{ role: "us\ud83cer", content: "" }]),
    "items[0].messages[0].role",
    /well-formed/,
  ],
  [
    "an empty role",
    chat([{ role: "", content: "" }]),
    "items[0].messages[0].role",
    /must have at least 1 character: received an empty string$/,
  ],
  [
    "an id that is a string",
    withIds({ prompt_ids: [1, "2"] }),
    "items[0].prompt_ids[1]",
    /must be a number: received '2'$/,
  ],
  [
    "an id with a fraction",
    withIds({ completion_ids: [[1], [2, 2.5]] }),
    "items[0].completion_ids[1][1]",
    /must be an integer: received 2.5$/,
  ],
  [
    "a negative id",
    withIds({ prompt_ids: [-1] }),
    "items[0].prompt_ids[0]",
    /must be at least 0: received -1$/,
  ],
  [
    "an id no vocabulary has",
    withIds({ prompt_ids: [2 ** 31] }),
    "items[0].prompt_ids[0]",
    /must be at most 2147483647/,
  ],
  [
    "one list of ids instead of several",
    withIds({ completion_ids: [1, 2] }),
    "items[0].completion_ids[0]",
    /must be a list: received 1$/,
  ],
  [
    "no lists of ids",
    withIds({ completion_ids: [] }),
    "items[0].completion_ids",
    /at least 1 element/,
  ],
  ["spans for ids", withIds({ token_spans: [[]] }), "items[0]", /received 'token_spans'$/],
  [
    "spans of one completion instead of a list",
    spans([[0, 1]]),
    "items[0].token_spans[0][0]",
    /must be \[start, end\]: received 0$/,
  ],
  [
    "too few lists of spans",
    { items: [{ prompt: "", completions: ["a", "b"], token_spans: [[]] }] },
    "items[0].token_spans",
    /must hold one list per completion, which are 2: received a list of 1$/,
  ],
  [
    "a span of three",
    spans([[[0, 1, 2]]]),
    "items[0].token_spans[0][0]",
    /must be \[start, end\]: received a list of 3$/,
  ],
  [
    "a span of one",
    spans([[[0]]]),
    "items[0].token_spans[0][0]",
    /must be \[start, end\]: received a list of 1$/,
  ],
  [
    "a span that ends before it starts",
    spans([[[0, 1], [3, 2]]]),
    "items[0].token_spans[0][1]",
    /must not end before it starts/,
  ],
  [
    "a span with a fraction",
    spans([[[0, 0.5]]]),
    "items[0].token_spans[0][0][1]",
    /must be an integer: received 0.5$/,
  ],
  ["a negative span", spans([[[-1, 0]]]), "items[0].token_spans[0][0][0]", /must be at least 0/],
  [
    "an unknown method",
    { items: [plain], credit: { method: "terminl" } },
    "credit.method",
    /must be one of abc, .* \(did you mean 'terminal'\?\): received 'terminl'$/,
  ],
  [
    "beta above 1",
    { items: [plain], credit: { beta: 3 } },
    "credit.beta",
    /must be at most 1: received 3$/,
  ],
  [
    "beta below 0",
    { items: [plain], credit: { beta: -0.1 } },
    "credit.beta",
    /must be at least 0: received -0.1$/,
  ],
  [
    "beta that is null, as JSON writes NaN",
    { items: [plain], credit: { beta: null } },
    "credit.beta",
    /must be a number: received null$/,
  ],
  [
    "credit that is a string",
    { items: [plain], credit: "abc" },
    "credit",
    /must be an object: received 'abc'$/,
  ],
  [
    "an unknown key in credit",
    { items: [plain], credit: { methd: "abc" } },
    "credit",
    /its keys are method, beta, passes, layer, pay, unit\): received 'methd'$/,
  ],
  [
    "a model that is a number",
    { items: [plain], model: 1 },
    "model",
    /must be a string: received 1$/,
  ],
  [
    "an unknown truncation",
    { items: [plain], truncate: true },
    "truncate",
    /must be one of none, left, right: received true$/,
  ],
  [
    "an unknown encoding",
    { items: [plain], encoding: "base-64" },
    "encoding",
    /\(did you mean 'base64'\?\)/,
  ],
];

for (const [name, value, path, message] of malformed) {
  Deno.test(`malformed: ${name}`, () => {
    const error = refusal(value);
    assert.equal(error.kind, "invalid_request");
    assert.equal(error.path, path);
    assert.match(error.message, message);
    assert.match(error.message, /^Cannot read the request as .+: received .*[^.]$/);
    assert.ok(error.message.length < 400);
  });
}

const limits = {
  items: 3,
  completionsPerItem: 4,
  completionsPerRequest: 5,
  messages: 2,
  charactersPerText: 10,
  tokensPerList: 6,
};

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const turn = { role: "user", content: "" };

const oversized: readonly Row[] = [
  ["items", { items: times(4, plain) }, "items", /at most 3 elements: received a list of 4$/],
  [
    "completions of an item",
    { items: [{ prompt: "", completions: times(5, "") }] },
    "items[0].completions",
    /at most 4 elements/,
  ],
  [
    "completions in all",
    { items: times(2, { prompt: "", completions: times(3, "") }) },
    "items",
    /at most 5 completions in all, not 6: received a list of 2$/,
  ],
  ["messages", chat(times(3, turn)), "items[0].messages", /at most 2 elements/],
  [
    "characters",
    { items: [{ prompt: "x".repeat(11), completions: [""] }] },
    "items[0].prompt",
    /at most 10 characters: received 'xxxxxxxxxxx'$/,
  ],
  [
    "characters of a completion",
    { items: [{ prompt: "", completions: ["", "x".repeat(11)] }] },
    "items[0].completions[1]",
    /at most 10 characters/,
  ],
  ["ids", withIds({ prompt_ids: times(7, 1) }), "items[0].prompt_ids", /at most 6 elements/],
  [
    "spans",
    { items: [{ prompt: "", completions: [""], token_spans: [times(7, [0, 0])] }] },
    "items[0].token_spans[0]",
    /at most 6 elements/,
  ],
];

for (const [name, value, path, message] of oversized) {
  Deno.test(`too large: ${name}`, () => {
    assert.throws(() => parseWire(rewardRequestSchema(limits), value), {
      kind: "too_large",
      path,
      message,
    });
  });
}

Deno.test("what is exactly at the limits is read", () => {
  const text = "x".repeat(10);
  const full = {
    items: [
      { messages: times(2, turn), completions: times(3, text) },
      { prompt: text, completions: [""], token_spans: [times(6, [0, 0])] },
      { prompt_ids: times(6, 1), completion_ids: [times(6, 1)] },
    ],
  };
  assert.equal(parseWire(rewardRequestSchema(limits), full).items.length, 3);
});

Deno.test("megabytes of wrong values are refused at the first, in little time", () => {
  const many = 2_000_000;
  for (
    const value of [
      { items: times(many, 1) },
      withIds({ prompt_ids: times(defaultWireLimits.tokensPerList, "a") }),
      { items: [{ prompt: "", completions: times(1_024, 1) }] },
      Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i])),
    ]
  ) {
    const startMs = performance.now();
    assert.ok(refusal(value).message.length < 400);
    // Zod's own arrays take eight seconds for two million.
    assert.ok(performance.now() - startMs < 2_000);
  }
});

Deno.test("any JSON is read or refused with an error of the closed set", () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
    for (
      const request of [value, { items: value }, { items: [value] }, item({ completions: value })]
    ) {
      const result = schema.safeParse(request);
      if (!result.success) assert.match(refusal(request).message, /^Cannot read the request as /);
    }
  }));
});

Deno.test("the schema documents itself: every field at every depth has a description", () => {
  const fields: string[] = [];
  const walk = (node: unknown, at: string): void => {
    if (typeof node !== "object" || node === null) return;
    const { properties = {} } = node as { properties?: Record<string, object> };
    for (const [field, property] of Object.entries(properties)) {
      fields.push(field);
      assert.ok("description" in property || "$ref" in property, `${at}.${field} is undescribed`);
    }
    for (const [key, value] of Object.entries(node)) walk(value, `${at}.${key}`);
  };
  walk(z.toJSONSchema(schema, { io: "input" }), "");
  for (const field of ["items", "prompt", "content", "prompt_ids", "token_spans", "beta"]) {
    assert.ok(fields.includes(field));
  }
});

Deno.test("the examples in the schema are requests", () => {
  for (const example of schema.meta()?.examples as unknown[]) read(example);
});

Deno.test("the description of pay names the methods that spread by themselves", () => {
  const spread = Object.entries<CreditMethod>(creditMethods)
    .flatMap(([name, { pay }]) => pay === "spread" ? name : []);
  const { description = "" } = creditFields().pay.meta() ?? {};
  assert.ok(description.endsWith(` By default last, with ${spread.join(" and ")} spread.`));
});
