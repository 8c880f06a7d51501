import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { tinyAdapter, tinyAdapterConfig } from "../adapters/tiny_adapter.ts";
import { tinyConfig, tinyModel, tinyTensors } from "../model/tiny_model.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { abacus } from "./command_line.ts";

const four = { "0": "bad", "1": "poor", "2": "fair", "3": "good" };
import { stepsDirectory } from "../support/golden_steps.ts";

const whole = creditMethodNames.filter((name) => name !== "steps");

Deno.test("inspect shows family, sizes, parts, labels and what the model supports", async () => {
  await using model = await tinyModel();
  const { code, printed } = await abacus(["inspect", model.path]);
  assert.equal(code, 0);
  assert.ok(printed.startsWith(`${basename(model.path)} (${model.path})\n`));
  for (
    const line of [
      /^architecture +LlamaForSequenceClassification \(llama\)$/m,
      /^layers +2, hidden size 8, 2 heads$/m,
      /^context +32 tokens$/m,
      /^parameters +1,056 in 21 tensors$/m,
      /^ {2}mlp +576 \(55 %\)$/m,
      /^stored as +float32 \(4\.2 kB\)$/m,
      /^attention +causal$/m,
      /^task +one score per sequence$/m,
      /^input +one text$/m,
      /^tokenizer +TokenizersBackend$/m,
      /^control tokens +matched in any text$/m,
      /^pooled position +last token$/m,
      /^labels +LABEL_0$/m,
      /^score +LABEL_0$/m,
      new RegExp(`^credit methods +${whole.join(", ")}$`, "m"),
    ]
  ) assert.match(printed, line);
  assert.ok(!printed.includes("graph"));
});

Deno.test("inspect prints the graph where it is asked for", async () => {
  await using model = await tinyModel();
  const { printed } = await abacus(["inspect", "--model", model.path, "--graph"]);
  assert.match(printed, /^graph .* \{$/m);
  assert.match(printed, /^ {2}weight .*model\.layers\.1\.mlp\.down_proj\.weight/m);
  assert.match(printed, /^ {2}output logits = /m);
  assert.ok(printed.endsWith("}"));
});

Deno.test("inspect as JSON says the same, the graph included", async () => {
  await using model = await tinyModel();
  const { printed } = await abacus(["inspect", model.path, "--json", "--graph"]);
  const findings = JSON.parse(printed);
  assert.deepEqual(
    [
      findings.family,
      findings.parameters,
      findings.labels,
      findings.pooled_position,
      findings.task,
      findings.dimensions.context,
    ],
    ["llama", 1_056, ["LABEL_0"], "last token", "sequence", 32],
  );
  assert.deepEqual(
    findings.credit_methods.map((each: { name: string }) => each.name),
    whole,
  );
  assert.match(findings.graph, /^graph /);
});

Deno.test("inspect says what becomes of control tokens, and looks at a model without a tokenizer", async () => {
  await using model = await tinyModel();
  const line = async (...flags: string[]) => {
    const { code, printed } = await abacus(["inspect", model.path, ...flags]);
    assert.equal(code, 0);
    return /^control tokens +(.*)$/m.exec(printed)?.[1];
  };
  assert.equal(await line("--split-special-tokens"), "plain text where users write");
  const config = JSON.stringify({ split_special_tokens: true });
  await Deno.writeTextFile(join(model.path, "tokenizer_config.json"), config);
  assert.equal(await line(), "plain text (split_special_tokens)");
  await Deno.remove(join(model.path, "tokenizer.json"));
  assert.equal(await line(), "unknown");
  const { printed } = await abacus(["inspect", model.path]);
  assert.match(printed, /^tokenizer +Cannot load the tokenizer of .* no tokenizer\.json/m);
});

Deno.test("inspect says which template renders messages, or why none does", async () => {
  await using model = await tinyModel();
  const line = async (...flags: string[]) => {
    const { printed } = await abacus(["inspect", model.path, ...flags]);
    return /^chat template +(.*)$/m.exec(printed)?.[1];
  };
  assert.equal(await line(), "none, as the model has no chat template");
  const chat_template = [{ name: "rag", template: "{{ messages }}" }];
  const config = JSON.stringify({ chat_template });
  await Deno.writeTextFile(join(model.path, "tokenizer_config.json"), config);
  assert.match(await line() ?? "", /^none, as the model has several .*--chat-template/);
  assert.equal(await line("--chat-template", "rag"), "rag");
  assert.equal(await line("--chat-template", "none"), "none, as --chat-template is none");
  const wrong = await abacus(["inspect", model.path, "--chat-template", "chatml"]);
  assert.equal(wrong.code, 64);
  assert.match(wrong.notes[0] ?? "", /bad_usage: Cannot use --chat-template .* which are rag: rec/);
});

Deno.test("the score of several labels is that of the rule, if there is one", async () => {
  const config = tinyConfig({ id2label: four });
  await using model = await tinyModel({ config, tensors: tinyTensors(4) });
  const { printed } = await abacus(["inspect", model.path]);
  assert.match(printed, /^labels +bad, poor, fair, good$/m);
  assert.match(printed, /^score +needs --score$/m);
  const asked = await abacus(["inspect", model.path, "--score", "good=1,bad=-1"]);
  assert.match(asked.printed, /^score +good - bad$/m);
  const wrong = await abacus(["inspect", model.path, "--score", "goood"]);
  assert.equal(wrong.code, 64);
  assert.match(wrong.notes[0] ?? "", /^abacus: bad_usage: .*good/);
});

Deno.test("what is no model is an error of one line", async () => {
  const { code, notes } = await abacus(["inspect", "/none/at/all"]);
  assert.equal(code, 1);
  assert.deepEqual(notes, [
    "abacus: bad_model: Cannot load a model as there is no such directory: received /none/at/all",
  ]);
});

Deno.test("inspect tells that an encoder reads pairs, scores the first token and has no red", async () => {
  const { printed } = await abacus([
    "inspect",
    goldenDirectory("bert-single"),
    "--score",
    "LABEL_1",
  ]);
  assert.match(printed, /^attention +bidirectional$/m);
  assert.match(printed, /^input +a pair of texts$/m);
  assert.match(printed, /^pooled position +first token$/m);
  assert.match(printed, /^ignored +bert\.embeddings\.position_ids \(/m);
  assert.doesNotMatch(printed, /^credit methods.*\bred\b/m);
});

Deno.test("inspect says where the score is read under a setting", async () => {
  const at = async (...flags: string[]) =>
    JSON.parse((await abacus(["inspect", goldenDirectory("gpt2"), "--json", ...flags])).printed)
      .pooled_position;
  assert.equal(await at(), "last token that is not padding (id 0)");
  assert.equal(await at("--pool-at=eos"), "last token of id 2");
  assert.equal(await at("--pool-at", "last"), "last token");
  const { code, notes } = await abacus(["inspect", goldenDirectory("gpt2"), "--pool-at=<none>"]);
  assert.equal(code, 64);
  assert.match(notes.join(), /Cannot read the score there as .*: received --pool-at <none>/);
});

Deno.test("inspect tells a prebuilt graph by its file, and why its methods are few", async () => {
  const { printed } = await abacus(["inspect", goldenOnnx("bert")]);
  assert.match(printed, /^prebuilt +.*bert\/model\.onnx$/m);
  assert.match(printed, /^pooled position +as the graph decides$/m);
  assert.match(printed, /^credit methods +abc, uniform, terminal, occlusion, shapley$/m);
  const fused = await abacus(["inspect", goldenOnnx("bert-fused"), "--json", "--graph"]);
  const { graph, credit_methods, notes, withheld } = JSON.parse(fused.printed);
  assert.match(graph, /= Attention\(/);
  assert.ok(!credit_methods.some(({ name }: { name: string }) => name === "abc"));
  assert.match(withheld.attention, /by the operator Attention/);
  assert.match(notes[0], /is not checked against its class/);
  const wrong = await abacus(["inspect", goldenOnnx("bert"), "--pool-at", "last"]);
  assert.match(wrong.notes[0] ?? "", /bad_usage: Cannot read a prebuilt graph otherwise/);
});

Deno.test("inspect says of an adapter what it changes, and of which base model", async () => {
  await using base = await tinyModel();
  await using adapter = await tinyAdapter();
  const { code, printed } = await abacus(["inspect", adapter.path, "--base", base.path]);
  assert.equal(code, 0);
  assert.match(printed, new RegExp(`^base model +${base.path}$`, "m"));
  assert.match(printed, /^adapter +2 modules of rank 2; 1 tensor in place of the base model's$/m);
  assert.match(printed, /^tokenizer +TokenizersBackend$/m);
  const listed = await abacus(["inspect", adapter.path, "--base", base.path, "--json"]);
  const { base: named, adapter: found } = JSON.parse(listed.printed);
  assert.deepEqual([named, found], [base.path, {
    modules: 2,
    ranks: [2],
    saved: ["score.weight"],
  }]);
});

Deno.test("an adapter that names its base model needs no flag, and a whole model takes none", async () => {
  await using base = await tinyModel();
  await using adapter = await tinyAdapter({
    config: tinyAdapterConfig({ base_model_name_or_path: base.path }),
  });
  assert.equal((await abacus(["inspect", adapter.path])).code, 0);
  const { notes } = await abacus(["inspect", base.path, "--base", base.path]);
  assert.match(notes.join(), /bad_usage: Cannot use --base .* as the model is no adapter/);
});

Deno.test("inspect says how a process reward model reads steps", async () => {
  const directory = stepsDirectory("qwen-prm");
  const { printed } = await abacus(["inspect", directory, "--step-reduce", "min"]);
  assert.match(printed, /^task +one score per step$/m);
  assert.match(
    printed,
    /^steps +ends at a blank line, read at "<extra_0>" \(id \d+\); min of their scores$/m,
  );
  assert.match(printed, /^credit methods +steps, abc, uniform, terminal, layers, rollout$/m);
  assert.match(printed, /^score +P\(LABEL_1\)$/m);
});
