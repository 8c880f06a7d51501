/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Batch, ExpectedRewards } from "../../src/client/requests.ts";
import { readReply } from "../../src/client/reply.ts";
import { encodeFloats } from "../../src/wire/floats.ts";
import { completionReplySchema } from "../../src/wire/reply.ts";

const free: ExpectedRewards = { count: undefined, atMost: false };

function batch(...expected: ExpectedRewards[][]): Batch {
  return expected.map((expected, index) => ({ index, json: "{}", bytes: 2, expected }));
}

/** A completion with every field that a server may answer with. */
const whole = {
  score: 2,
  rewards: [0.5, 1],
  credit: [0.25, 0.75],
  residual: 0.001,
  offset: 0.5,
  token_ids: [5, 6],
  offsets: [[4, 5], [5, 8]],
  units: [{ tokens: [0, 2], characters: [4, 8], reward: 1.5 }] as unknown,
  steps: [{ end: 1, score: 0.5 }],
  response_mass: 0.5,
  read_at: { position: 3, token_id: 6 },
  dropped: [[0, 4], [8, 9]] as unknown,
  truncated: false,
  fallback: "uniform",
  members: [{ id: "help", score: 3 }, { id: "safe", score: -1 }] as unknown,
};

function answering(completion: object) {
  return { ...right(), items: [{ completions: [completion] }] };
}

/** A right reply of one item with two completions, one of them empty. */
function right() {
  return {
    id: "r1",
    model: "m",
    credit: { method: "abc", beta: 0.8 },
    items: [{
      completions: [
        {
          score: 2,
          rewards: [0.5, 1.5] as unknown,
          credit: [0.25, 0.75] as unknown,
          token_ids: [5, 6],
          offsets: [[0, 1], [1, 4]],
          response_mass: 0.5,
          read_at: { position: 3, token_id: 6 } as unknown,
          truncated: false,
        },
        {
          score: -3,
          rewards: "",
          credit: "",
          offset: -3,
          offsets: [],
          truncated: true,
          fallback: "uniform",
        },
      ],
    }],
    usage: { tokens: 9, computed_tokens: 8 },
    timing_ms: { tokenize: 1, queue: 2, inference: 3 },
  };
}

const asked = batch([free, free]);

Deno.test("a right reply is read as it is, with arrays, and what is unknown is left out", () => {
  const { items, ...rest } = readReply({ ...right(), new_field: 1 }, asked, {});
  const { items: _, ...sent } = right();
  assert.deepEqual(rest, sent);
  assert.deepEqual(items, [{
    completions: [
      {
        score: 2,
        rewards: Float64Array.of(0.5, 1.5),
        credit: Float64Array.of(0.25, 0.75),
        token_ids: [5, 6],
        offsets: [[0, 1], [1, 4]],
        response_mass: 0.5,
        read_at: { position: 3, token_id: 6 },
        truncated: false,
      },
      {
        score: -3,
        rewards: new Float64Array(),
        credit: new Float64Array(),
        offset: -3,
        offsets: [],
        truncated: true,
        fallback: "uniform",
      },
    ],
  }]);
});

Deno.test("words that only a newer server knows are read as they are", () => {
  const reply = right();
  const [, second] = reply.items[0]?.completions ?? [];
  assert.ok(second !== undefined);
  second.fallback = "of_a_newer_server";
  const { items: [item] } = readReply(reply, asked, {});
  assert.equal(item?.completions[1]?.fallback, "of_a_newer_server");
});

Deno.test("each thing that cannot be right is refused where it stands", () => {
  // deno-lint-ignore no-explicit-any -- a reply is broken in every place
  const first = (reply: any) => reply.items[0].completions[0];
  // deno-lint-ignore no-explicit-any -- as above
  const breaks: [string, (reply: any) => void][] = [
    ["id", (reply) => delete reply.id],
    ["model", (reply) => reply.model = 3],
    ["credit", (reply) => delete reply.credit],
    ["credit.method", (reply) => reply.credit.method = null],
    ["credit.beta", (reply) => reply.credit.beta = "0.8"],
    ["usage", (reply) => delete reply.usage],
    ["usage.tokens", (reply) => reply.usage.tokens = -1],
    ["usage.cached_tokens", (reply) => Object.assign(reply.usage, { cached_tokens: -1 })],
    ["usage.computed_tokens", (reply) => reply.usage.computed_tokens = 1.5],
    ["timing_ms.queue", (reply) => reply.timing_ms.queue = null],
    ["items", (reply) => reply.items = {}],
    ["items", (reply) => reply.items = []],
    ["items", (reply) => reply.items.push(reply.items[0])],
    ["items[0]", (reply) => reply.items[0] = null],
    ["items[0].completions", (reply) => reply.items[0].completions.pop()],
    ["items[0].completions", (reply) => reply.items[0].completions.push(first(reply))],
    ["items[0].completions[0]", (reply) => reply.items[0].completions[0] = 2],
    ["items[0].completions[0].score", (reply) => delete first(reply).score],
    ["items[0].completions[0].score", (reply) => first(reply).score = null],
    ["items[0].completions[0].score", (reply) => first(reply).score = "2"],
    ["items[0].completions[0].rewards", (reply) => delete first(reply).rewards],
    ["items[0].completions[0].rewards", (reply) => first(reply).rewards = "AACAPw=="],
    ["items[0].completions[0].rewards", (reply) => first(reply).rewards = [0.5, 1.6]],
    ["items[0].completions[0].rewards", (reply) => first(reply).score = 2.001],
    ["items[0].completions[0].rewards", (reply) => first(reply).offset = 0.1],
    ["items[0].completions[0].rewards[1]", (reply) => first(reply).rewards = [2, null]],
    ["items[0].completions[0].credit", (reply) => first(reply).credit = [1]],
    ["items[0].completions[0].credit", (reply) => first(reply).credit = [0.5, 0.6]],
    ["items[0].completions[0].offset", (reply) => first(reply).offset = "0"],
    ["items[0].completions[0].token_ids", (reply) => first(reply).token_ids = [1]],
    ["items[0].completions[0].token_ids[1]", (reply) => first(reply).token_ids = [1, -2]],
    ["items[0].completions[0].offsets", (reply) => first(reply).offsets.pop()],
    ["items[0].completions[0].offsets[0]", (reply) => first(reply).offsets[0] = [3, 2]],
    ["items[0].completions[0].offsets[0]", (reply) => first(reply).offsets[0] = [3]],
    ["items[0].completions[0].offsets[0]", (reply) => first(reply).offsets[0] = [0, 0.5]],
    ["items[0].completions[0].response_mass", (reply) => first(reply).response_mass = 1.1],
    ["items[0].completions[0].read_at", (reply) => first(reply).read_at = 3],
    [
      "items[0].completions[0].read_at.position",
      (reply) => first(reply).read_at = { position: -1, token_id: 6 },
    ],
    ["items[0].completions[0].read_at.token_id", (reply) => first(reply).read_at = { position: 1 }],
    ["items[0].completions[0].truncated", (reply) => delete first(reply).truncated],
    ["items[0].completions[0].fallback", (reply) => first(reply).fallback = 1],
  ];
  for (const [path, meddle] of breaks) {
    const reply = right();
    meddle(reply);
    assert.throws(() => readReply(reply, asked, {}), { kind: "protocol", path }, path);
  }
  for (const value of [null, [], "", 3]) {
    assert.throws(() => readReply(value, asked, {}), { kind: "protocol", path: undefined });
  }
});

Deno.test("another model, method or beta than was asked for is refused", () => {
  assert.doesNotThrow(() => readReply(right(), asked, { model: "m", credit: { beta: 0.8 } }));
  for (
    const head of [{ model: "other" }, { credit: { method: "red" as const } }, {
      credit: { beta: 1 },
    }]
  ) {
    assert.throws(() => readReply(right(), asked, head), {
      kind: "protocol",
      message: /as requested/,
    });
  }
});

Deno.test("there is one reward for each span or id, and fewer only where ids were cut off", () => {
  const counted = (count: number, atMost: boolean) => batch([{ count, atMost }, free]);
  assert.doesNotThrow(() => readReply(right(), counted(2, false), {}));
  assert.throws(() => readReply(right(), counted(3, false), {}), {
    message: /must hold 3 numbers.*received 2/,
  });
  assert.throws(() => readReply(right(), counted(3, true), {}), { kind: "protocol" });
  const cut = right();
  cut.items[0]!.completions[0]!.truncated = true;
  assert.doesNotThrow(() => readReply(cut, counted(3, true), {}));
  assert.throws(
    () => readReply(cut, counted(1, true), {}),
    { kind: "protocol" },
    "more than asked",
  );
  assert.throws(
    () => readReply(cut, counted(3, false), {}),
    { kind: "protocol" },
    "spans are not cut",
  );
});

Deno.test("rounding to float32 never breaks the sum law, and a lost token of any weight does", () => {
  const rewards = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
  fc.assert(
    fc.property(rewards, fc.constantFrom("json" as const, "base64" as const), (list, how) => {
      const values = Float64Array.from(list);
      const score = values.reduce((total, value) => total + value, 0);
      const completion = { score, rewards: encodeFloats(values, how), truncated: false };
      const reply = { ...right(), items: [{ completions: [completion] }] };
      readReply(JSON.parse(JSON.stringify(reply)), batch([free]), {});
      const lost = values.at(-1) ?? 0;
      const magnitude = list.reduce((total, value) => total + Math.abs(value), 0);
      if (Math.abs(lost) < 1e-4 * Math.max(1, Math.abs(score), magnitude)) return;
      completion.rewards = encodeFloats(values.slice(0, -1), how);
      assert.throws(() => readReply(reply, batch([free]), {}), { message: /must add up to/ });
    }),
  );
});

Deno.test("rewards that cancel out are held to their own size, not to that of the small score", () => {
  const values = Float64Array.of(1_000_000.3, -1_000_000);
  const read = (rewards: unknown, score: number) => {
    const reply = { ...right(), items: [{ completions: [{ score, rewards, truncated: false }] }] };
    return readReply(reply, batch([free]), {}).items[0]?.completions[0]?.score;
  };
  const score = values[0]! + values[1]!;
  assert.equal(read(encodeFloats(values, "base64"), score), score, "rounded by 0.0125");
  assert.equal(read([...values], score), score);
  assert.throws(() => read([...values], score + 0.0125), { message: /must add up to/ });
  assert.throws(() => read(encodeFloats(values, "base64"), score + 0.2), {
    message: /must add up/,
  });
});

Deno.test("every field of a completion is read", () => {
  assert.deepEqual(
    Object.keys(whole).toSorted(),
    Object.keys(completionReplySchema().shape).toSorted(),
  );
  const { items: [item] } = readReply(answering(whole), batch([free]), {});
  const { rewards, credit, ...others } = whole;
  assert.deepEqual(item?.completions, [
    { ...others, rewards: Float64Array.from(rewards), credit: Float64Array.from(credit) },
  ]);
});

Deno.test("ranges that a template left out, and members of a mixture, are read or refused", () => {
  const faults: [object, string][] = [
    [{ dropped: [[0, 4], [3, 1]] }, "items[0].completions[0].dropped[1]"],
    [{ dropped: "all" }, "items[0].completions[0].dropped"],
    [{ members: [{ id: "help", score: NaN }] }, "items[0].completions[0].members[0].score"],
    [{ members: [{ score: 1 }] }, "items[0].completions[0].members[0].id"],
  ];
  for (const [fault, path] of faults) {
    const reply = answering({ ...whole, ...fault });
    assert.throws(() => readReply(reply, batch([free]), {}), { kind: "protocol", path });
  }
});
