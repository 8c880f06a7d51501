import assert from "node:assert/strict";
import { join } from "node:path";
import {
  chooseRequests,
  encodePrompts,
  parsePrompts,
  readPrompts,
  sampleOpenings,
} from "../../../src/ppo/rollout/prompts.ts";
import { PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import { Tokenizer } from "../../../src/text/tokenizer.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { openPolicy, policyDirectory, stream } from "../golden_policy.ts";

/** One completion of each prompt. */
const END = 2;
const single = { completionsPerPrompt: 1 };

Deno.test("a line is a prompt, with its spaces and without its line break; empty lines are skipped", () => {
  assert.deepEqual(parsePrompts("the film\r\n\n  two words \n \n{not json}\nlast", "a.txt"), [
    "the film",
    "  two words ",
    "{not json}",
    "last",
  ]);
});

Deno.test("files of JSON Lines are recognised by their lines or by their name", () => {
  const lines = '{"prompt": "a\\nb", "id": 1}\n\n{"text": "c"}\n{"prompt": "", "text": "d"}\n';
  for (const path of ["x.jsonl", "x.json", "x.txt", "x"]) {
    assert.deepEqual(parsePrompts(lines, path), ["a\nb", "c", ""]);
  }
});

const torn: readonly [what: string, text: string, message: RegExp][] = [
  ["no JSON", '{"prompt": "a"}\n\nhello', /the text "prompt": received x\.jsonl, line 3$/],
  ["no object", "3", /received x\.jsonl, line 1$/],
  ["null", "null", /received x\.jsonl, line 1$/],
  ["no prompt", '{"prompts": "a"}', /received x\.jsonl, line 1$/],
  ["a prompt that is no text", '{"prompt": ["a"]}', /received x\.jsonl, line 1$/],
  ["nothing", " \n\n", /it must hold 1 to 1000000 prompts: received 0 in x\.jsonl$/],
];

for (const [what, text, message] of torn) {
  Deno.test(`a file with ${what} is refused, naming the place`, () => {
    assert.throws(() => parsePrompts(text, "x.jsonl"), { kind: "bad_usage", message });
  });
}

Deno.test("a file is read, and one that cannot be read is named", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "prompts.txt");
  await Deno.writeTextFile(path, "\u{feff}one\ntwo\n");
  assert.deepEqual(await readPrompts(path), ["one", "two"], "a byte order mark is no text");
  await Deno.writeTextFile(path, '\u{feff}{"prompt": "one"}\n');
  assert.deepEqual(await readPrompts(path), ["one"]);
  await Deno.writeFile(path, Uint8Array.of(0x61, 0xff, 0x0a));
  await assert.rejects(readPrompts(path), {
    kind: "bad_usage",
    message: `Cannot read prompts as it is not UTF-8: received ${path}`,
  });
  for (const other of [join(directory.path, "none.txt"), directory.path]) {
    await assert.rejects(readPrompts(other), {
      kind: "bad_usage",
      message: `Cannot read prompts as the file cannot be read: received ${other}`,
    });
  }
});

const limits = { context: 64, max: 6, vocabulary: 96 };

Deno.test("prompts are encoded, an empty one as BOS", async () => {
  const text = await PolicyText.load(policyDirectory("llama"));
  const [film, empty] = await encodePrompts(["the film", ""], text, limits);
  assert.deepEqual([...film!.ids], [...(await text.encode(["the film"]))[0]!]);
  assert.deepEqual([...empty!.ids], [...text.opening]);
});

Deno.test("a prompt may fill the context up to the new tokens, but not more", async () => {
  const text = await PolicyText.load(policyDirectory("llama"));
  const [{ length }] = await text.encode(["a film that is long"]) as [Int32Array];
  const fits = { ...limits, context: length + 6 };
  await encodePrompts(["a", "a film that is long"], text, fits);
  await assert.rejects(
    encodePrompts(["a", "a film that is long"], text, { ...fits, max: 7 }),
    {
      kind: "bad_usage",
      message: `Cannot use prompt 2 as the policy's context of ${length + 6} must hold it ` +
        `and --max-new-tokens 7: received ${length} tokens`,
    },
  );
});

Deno.test("ids outside the vocabulary are refused, and so is an empty prompt", async () => {
  const text = await PolicyText.load(policyDirectory("llama"));
  const [ids] = await text.encode(["the film"]);
  const most = Math.max(...ids!);
  await encodePrompts(["the film"], text, { ...limits, vocabulary: most + 1 });
  await assert.rejects(encodePrompts(["the film"], text, { ...limits, vocabulary: most }), {
    kind: "bad_usage",
    message: `Cannot use prompt 1 as the policy's vocabulary is ${most}: received the id ${most}`,
  });
  const { tokenizer } = await Deno.readTextFile(join(policyDirectory("llama"), "tokenizer.json"))
    .then((json) => ({ tokenizer: json }));
  const startless = new PolicyText(await Tokenizer.load(tokenizer));
  await assert.rejects(encodePrompts(["a", ""], startless, limits), {
    kind: "bad_usage",
    message: /prompt 2 as it is empty and the policy has no BOS token: received no tokens$/,
  });
});

Deno.test("a prompt that the tokenizer refuses is bad_usage, naming the prompt", async () => {
  const json = JSON.stringify({
    version: "1.0",
    added_tokens: [],
    pre_tokenizer: { type: "Whitespace" },
    model: { type: "WordLevel", vocab: { a: 0, b: 1 }, unk_token: "[UNK]" },
  });
  const text = new PolicyText(await Tokenizer.load(json));
  await assert.rejects(encodePrompts(["a", "c"], text, limits), {
    kind: "bad_usage",
    path: "prompts[1]",
  });
});

/** A policy whose tokenizer puts <s> before a text; </s> is special too. */
const movies = await PolicyText.load("models/movie-policy");
const withEnds = "good film </s> bad film </s> it was a very long and dull film";

/** The only prompt of a text, cut to some tokens. */
async function cutTo(tokens: number, text: string) {
  const room = { context: tokens + 8, max: 8, vocabulary: 8192, long: "cut" } as const;
  const [prompt] = await encodePrompts([text], movies, room);
  return prompt!;
}

Deno.test("a cut text keeps the special tokens that are left of it, and is told without the opening one", async () => {
  const whole = await cutTo(500, withEnds);
  assert.deepEqual(whole.given, { prompt: withEnds });
  const cut = await cutTo(whole.ids.length - 3, withEnds);
  assert.equal(cut.ids[0], movies.opening[0]);
  assert.equal(cut.ids.filter((id) => id === END).length, 1, "one was cut off");
  const { given } = cut;
  assert.ok(given !== undefined && "prompt" in given);
  assert.match(given.prompt, /^ bad film ?<\/s> it was a very long and dull film$/);
  assert.deepEqual(await movies.encode([given.prompt]), [cut.ids]);
  const bare = await cutTo(6, withEnds);
  assert.deepEqual([bare.ids.length, bare.given], [6, undefined], "no special token is left");
});

Deno.test("ids with special tokens tell a text of the same ids, and those without tell none", async () => {
  for (const text of [withEnds, "</s> a film", "a </s></s>"]) {
    const { ids } = await cutTo(500, text);
    assert.deepEqual(await movies.encode([await movies.marked(ids) ?? ""]), [ids], text);
  }
  for (const text of ["a film", "<s>a film"]) {
    assert.equal(await movies.marked((await cutTo(500, text)).ids), undefined, text);
  }
});

Deno.test("openings are sampled from the policy, of several lengths, and are reproducible", async () => {
  await using open = await openPolicy("llama");
  const opening = open.policy.text.opening;
  const openings = await sampleOpenings(open.engine, opening, limits);
  assert.equal(openings.length, 512);
  const lengths = new Set(openings.map(({ ids }) => ids.length - opening.length));
  assert.deepEqual([...lengths].toSorted(), [2, 3, 4, 5, 6, 7]);
  assert.ok(openings.every(({ ids }) => ids[0] === opening[0]));
  assert.ok(openings.every(({ ids }) => open.policy.eosIds.every((end) => !ids.includes(end))));
  assert.ok(
    new Set(openings.map(({ ids }) => String(ids))).size > 400,
    "hardly one is another's twin",
  );
  assert.deepEqual(await sampleOpenings(open.engine, opening, limits), openings);
});

Deno.test("openings need a token to start from, and room for a completion", async () => {
  await using open = await openPolicy("llama");
  const { engine, policy: { text: { opening } } } = open;
  await assert.rejects(sampleOpenings(engine, new Int32Array(), limits), {
    kind: "bad_usage",
    message: /has no BOS token \(--prompts reads/,
  });
  await assert.rejects(sampleOpenings(engine, opening, { ...limits, max: 57 }), {
    kind: "bad_usage",
    message: /the longest opening as the policy's context of 64 .* 57: received 8 tokens$/,
  });
});

const prompts = [1, 2, 3, 4, 5].map((id) => ({ ids: Int32Array.of(id) }));

Deno.test("a step has distinct prompts if there are enough, and otherwise repeats all of them", () => {
  const taken = (batch: number) =>
    chooseRequests(
      prompts,
      { ...single, batch, length: { min: 1, max: 4, varied: false } },
      stream(3),
    )
      .map(({ prompt }) => prompt[0]!);
  assert.equal(new Set(taken(4)).size, 4);
  const twelve = taken(12);
  assert.deepEqual(twelve.slice(0, 5).toSorted(), [1, 2, 3, 4, 5]);
  assert.deepEqual(twelve.slice(5, 10).toSorted(), [1, 2, 3, 4, 5]);
  assert.equal(twelve.length, 12);
  assert.notDeepEqual(twelve.slice(0, 5), twelve.slice(5, 10));
});

Deno.test("a step can choose from the largest allowed number of prompts", () => {
  const many = Array.from({ length: 200_000 }, (_, id) => ({ ids: Int32Array.of(id) }));
  const length = { min: 1, max: 4, varied: false };
  const taken = chooseRequests(many, { ...single, batch: 8, length }, stream(3));
  assert.equal(new Set(taken.map(({ prompt }) => prompt[0]!)).size, 8);
});

Deno.test("completions of a prompt stand together and have one limit", () => {
  const length = { min: 2, max: 90, varied: true };
  const choice = { batch: 12, completionsPerPrompt: 4, length };
  const taken = chooseRequests(prompts, choice, stream(5));
  assert.equal(taken.length, 12);
  for (const start of [0, 4, 8]) {
    const [first, ...others] = taken.slice(start, start + 4);
    for (const each of others) assert.deepEqual(each, first);
  }
  assert.equal(new Set(taken.map(({ prompt }) => prompt[0])).size, 3);
});

Deno.test("length limits are equal for all, or uniform from the minimum to the maximum", () => {
  const limitsOf = (varied: boolean) =>
    chooseRequests(
      prompts,
      { ...single, batch: 300, length: { min: 2, max: 5, varied } },
      stream(4),
    )
      .map(({ limits }) => limits);
  assert.ok(limitsOf(false).every(({ min, max }) => min === 2 && max === 5));
  const drawn = limitsOf(true);
  assert.ok(drawn.every(({ min }) => min === 2));
  for (const max of [2, 3, 4, 5]) {
    const share = drawn.filter((each) => each.max === max).length / 300;
    assert.ok(Math.abs(share - 1 / 4) < 0.1, `${share} of the limits are ${max}`);
  }
});
