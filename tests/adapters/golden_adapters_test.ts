import { join } from "node:path";
import { openEngine } from "../../src/engine/open.ts";
import { type BlueprintOptions, readBlueprint } from "../../src/model/blueprint.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { goldenAdapter, readGoldenAdapter } from "../support/golden_adapter.ts";
import { assertClose } from "../support/golden_model.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

const everyDay = ["llama", "bert"];
const seldom = [
  "deberta-v3",
  "gpt2",
  "gpt-neox",
  "llama-bfloat16",
  "llama-embeddings",
  "llama-float16-resized",
  "llama-old-names",
  "llama-pickled",
  "mistral-classifier",
  "phi3",
  "qwen2",
  "qwen2-tokens",
  "qwen3-untyped",
  "roberta",
];

/** The head's outputs for every sequence, all in one batch. */
async function answers(name: string, options: BlueprintOptions = {}): Promise<Float32Array[]> {
  const { adapter, base } = goldenAdapter(name);
  const { graph, architecture } = await readBlueprint(adapter, { base, ...options });
  const { dtype = "float32" } = options;
  await using engine = await openEngine(graph, { architecture, device: "cpu", dtype, threads: 1 });
  const { pooling } = architecture;
  const queries = (await readGoldenAdapter(name)).map(({ ids }) => ({
    ids: Int32Array.from(ids),
    ...(architecture.dimensions.types === undefined ? {} : { types: new Int32Array(ids.length) }),
    pool: [pooling === "first" ? 0 : ids.length - 1],
    rows: [],
    measure: [],
  }));
  return (await engine.run(queries)).outputs.map(({ logits }) => logits);
}

for (const name of [...everyDay, ...seldom]) {
  const missing = everyDay.includes(name) ? undefined : slow;
  const test = (what: string, fn: () => Promise<void>) =>
    testWhere({ name: `${name}, adapted: ${what}`, missing, fn });

  test("answers as peft does", async () => {
    const sequences = await readGoldenAdapter(name);
    const found = await answers(name);
    for (const [i, { ids, logits }] of sequences.entries()) {
      assertClose(found[i]!, logits, { tolerance: 1e-4, what: `logits of [${ids}]` });
    }
  });

  test("answers nearly so in float16, with and without converted weights", async () => {
    await using folder = await temporaryDirectory();
    const dtype = "float16";
    const found = await answers(name, { dtype });
    const kept = await answers(name, { dtype, cache: join(folder.path, "cache") });
    for (const [i, { logits }] of (await readGoldenAdapter(name)).entries()) {
      assertClose(found[i]!, logits, { tolerance: 0.03, what: "logits" });
      assertClose(kept[i]!, found[i]!, { tolerance: 1e-6, what: "logits of kept weights" });
    }
  });
}
