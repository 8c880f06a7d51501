import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { adapterConfig } from "../../src/adapters/adapter_config.ts";
import { ModuleRules } from "../../src/adapters/module_rules.ts";

interface Case {
  readonly config: Readonly<Record<string, unknown>>;
  readonly modules: Readonly<
    Record<string, { readonly targeted: boolean; readonly rank: number; readonly scale: number }>
  >;
  readonly saved: readonly string[];
}

const golden = new URL("../golden/adapter_rules.json", import.meta.url);
const { cases }: { cases: readonly Case[] } = JSON.parse(
  Deno.readTextFileSync(fileURLToPath(golden)),
);

/** The rules of an adapter_config.json with these fields. */
function rulesOf(fields: Readonly<Record<string, unknown>>): ModuleRules {
  return new ModuleRules(adapterConfig({ peft_type: "LORA", ...fields }));
}

for (const { config, modules, saved } of cases) {
  Deno.test(`modules are matched as peft matches them by ${JSON.stringify(config)}`, () => {
    const rules = rulesOf(config);
    for (const [module, { targeted, rank, scale }] of Object.entries(modules)) {
      assert.equal(rules.targets(module, "linear"), targeted, module);
      assert.deepEqual(rules.rankOf(module), { rank, scale }, module);
      assert.equal(rules.savedAs(module) !== undefined, saved.includes(module), module);
    }
  });
}

Deno.test("all-linear means every linear layer but the head of a classifier", () => {
  const rules = rulesOf({ target_modules: "All-Linear", task_type: "SEQ_CLS" });
  assert.equal(rules.targets("model.layers.0.mlp.up_proj", "linear"), true);
  assert.equal(rules.targets("model.embed_tokens", "table"), false);
  assert.equal(rules.targets("score", "linear"), false);
  assert.equal(rulesOf({ target_modules: "all-linear" }).targets("score", "linear"), true);
});

Deno.test("a pattern of targets that looks ahead leaves it to the stored tensors, others are refused", () => {
  const ahead = "(?!.*vision).*proj";
  assert.equal(rulesOf({ target_modules: ahead }).targets("a.proj", "linear"), undefined);
  for (const field of ["rank_pattern", "alpha_pattern"]) {
    assert.throws(() => rulesOf({ target_modules: [], [field]: { [ahead]: 2 } }), {
      kind: "bad_model",
      message:
        `Cannot match modules as a pattern in "${field}" is none that RE2 can read (it may look ` +
        `neither ahead nor behind): received "^(?:.*\\\\.)?(?:(?!.*vision).*proj)$"`,
    });
  }
  for (const [field, value] of [["exclude_modules", "["], ["layers_pattern", ["("]]]) {
    assert.throws(() => rulesOf({ target_modules: [], [field as string]: value }), {
      kind: "bad_model",
    });
  }
});

Deno.test("a pattern that takes others for ever is matched at once", () => {
  const rules = rulesOf({ target_modules: "(a+)+b", rank_pattern: { "(a+)+b": 3 } });
  const module = "a".repeat(200);
  assert.equal(rules.targets(module, "linear"), false);
  assert.equal(rules.rankOf(module).rank, 8);
});
