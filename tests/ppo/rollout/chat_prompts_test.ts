import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import { encodePrompts } from "../../../src/ppo/rollout/prompts.ts";
import golden from "../../golden/chat_prompts.json" with { type: "json" };

const cases = z.array(z.object({
  tokenizer: z.string(),
  template: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  text: z.string(),
  ids: z.array(z.int()),
  encoded: z.array(z.int()),
})).parse(golden.cases);
const templates: Readonly<Record<string, string>> = golden.templates;
const limits = { context: 512, max: 6, vocabulary: 1_000 };

/** The text of a policy with a tokenizer of tests/golden/text and a chat template. */
async function policyText(tokenizer: string, template?: string): Promise<PolicyText> {
  const directory = await Deno.makeTempDir();
  try {
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
      await Deno.copyFile(join("tests/golden/text", tokenizer, name), join(directory, name));
    }
    if (template !== undefined) {
      await Deno.writeTextFile(join(directory, "chat_template.jinja"), template);
    }
    return await PolicyText.load(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a conversation becomes the ids of transformers, and is told as messages", async () => {
  assert.equal(cases.length, 10);
  for (const { tokenizer, template, messages, text, ids } of cases) {
    const policy = await policyText(tokenizer, templates[template]);
    assert.equal(policy.render(messages), text);
    const [prompt] = await encodePrompts([messages], policy, limits);
    assert.deepEqual([...prompt!.ids], ids);
    assert.deepEqual(prompt!.given, { messages });
  }
});

Deno.test("a text with special tokens keeps them, gets no second BOS, and is told as it is", async () => {
  for (const { tokenizer, template, text, ids, encoded } of cases) {
    const policy = await policyText(tokenizer);
    const [prompt] = await encodePrompts([text], policy, limits);
    const isDoubled = encoded[0] === encoded[1];
    assert.equal(isDoubled, tokenizer === "llama" && template === "headed");
    assert.deepEqual([...prompt!.ids], isDoubled ? ids : encoded);
    // The reward model's tokenizer puts its own BOS, as the policy's did.
    const told = isDoubled ? text.slice("<s>".length) : text;
    assert.deepEqual(prompt!.given, { prompt: told });
  }
});

Deno.test("a text without special tokens is told as its tokens decode", async () => {
  const policy = await policyText("llama");
  const [prompt, empty] = await encodePrompts(["a film", ""], policy, limits);
  assert.equal(prompt!.given, undefined);
  assert.deepEqual(empty, { ids: Int32Array.of(1) });
});

Deno.test("conversations and texts keep their places, and a refusal names its own", async () => {
  const policy = await policyText("byte", templates["headed"]);
  const messages = [{ role: "user", content: "Hi" }];
  const mixed = ["a", messages, "b", messages];
  const prompts = await encodePrompts(mixed, policy, limits);
  assert.deepEqual(prompts.map(({ given }) => given !== undefined), [false, true, false, true]);
  assert.deepEqual([...prompts[2]!.ids], [...(await policy.encode(["b"]))[0]!]);
  const strict = await policyText("byte", "{{ raise_exception('no') }}");
  await assert.rejects(encodePrompts(["a", messages], strict, limits), {
    kind: "bad_usage",
    path: "prompts[1]",
    message:
      /^Cannot render the messages as the model's chat template refuses them: received "no"$/,
  });
  await assert.rejects(encodePrompts([messages], await policyText("byte"), limits), {
    kind: "bad_usage",
    message:
      "Cannot render messages as the model has no chat template: received messages as a prompt",
  });
});
