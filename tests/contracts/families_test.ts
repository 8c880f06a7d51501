/**
 * The contract of families, over the whole registry: each has golden models of transformers, says
 * of itself what their files say, and loads nothing but exactly the tensors that it needs.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { architectureNames } from "../../src/architectures/registry.ts";
import { ownPassGraph } from "../../src/engine/passes/own_pass.ts";
import { scoringGraph } from "../../src/engine/passes/scoring.ts";
import { AbacusError } from "../../src/errors.ts";
import { type Blueprint, readBlueprint } from "../../src/model/blueprint.ts";
import { pooledPositions } from "../../src/text/pooling.ts";
import type { Checkpoint, ListedTensor } from "../../src/weights/checkpoint.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import {
  everydayGoldenNames,
  goldenDirectory,
  readGolden,
  servedGoldenNames,
} from "../support/golden_model.ts";
import { stepModelDirectories } from "../support/golden_steps.ts";

const names = servedGoldenNames();

/** What a golden model's config.json says that every family's does. */
interface Configuration {
  readonly architectures: readonly [string];
  readonly model_type: string;
  readonly id2label?: Readonly<Record<string, string>>;
  readonly vocab_size: number;
  /** Of InternLM2, whose head has one row whatever the file says. */
  readonly reward_token_id?: number;
  /** Whether norms have weights, in OPT. */
  readonly layer_norm_elementwise_affine?: boolean;
}

async function configurationOf(name: string): Promise<Configuration> {
  return JSON.parse(await Deno.readTextFile(join(goldenDirectory(name), "config.json")));
}

Deno.test("every architecture of the registry has a golden model", async () => {
  // ArmoRM's is in a folder of its own: its gate wants tokens that these sequences do not have.
  const found = await Promise.all(
    [...names, goldenDirectory("../heads/armorm")].map(configurationOf),
  );
  const stepwise = await Promise.all(stepModelDirectories().map(configurationOf));
  const golden = new Set(
    [...found, ...stepwise].map(({ architectures: [name] }) => name)
      .filter((name) => architectureNames.includes(name)), // one is a language model by its class
  );
  assert.deepEqual([...golden].toSorted(), architectureNames.toSorted());
});

for (const name of everydayGoldenNames()) {
  Deno.test(`${name}: the architecture is what config.json says`, async () => {
    const config = await configurationOf(name);
    const { architecture, inventory } = await readBlueprint(goldenDirectory(name));
    const { dimensions, head: { labels } } = architecture;
    assert.equal(architecture.name, config.architectures[0]);
    assert.equal(architecture.family, config.model_type);
    const silent = config.reward_token_id === undefined ? ["LABEL_0", "LABEL_1"] : ["LABEL_0"];
    assert.deepEqual(labels, Object.values(config.id2label ?? silent));
    assert.equal(dimensions.labels, labels.length);
    assert.equal(dimensions.vocabulary, config.vocab_size);
    const parts = inventory.parts.map(({ part }) => part);
    for (const part of ["embeddings", "attention", "mlp", "norms", "head"] as const) {
      const bare = part === "norms" && config.layer_norm_elementwise_affine === false;
      assert.equal(parts.includes(part), !bare, `tensors count as ${part}`);
    }
  });

  Deno.test(`${name}: golden sequences fit its context and are pooled where it says`, async () => {
    const { architecture } = await readBlueprint(goldenDirectory(name));
    const { dimensions, pooling, attention, sharesUpTo } = architecture;
    const { sequences } = await readGolden(name);
    assert.ok(sequences.length > 5 && sequences.some(({ ids }) => ids.length === 1));
    for (const { ids, pool, logits } of sequences) {
      assert.ok(ids.length <= dimensions.context);
      assert.equal(logits.length, ids.length * dimensions.labels);
      assert.deepEqual(pool, pooledPositions(Int32Array.from(ids), pooling));
    }
    if (attention === "bidirectional") assert.equal(sharesUpTo, 0);
  });

  Deno.test(`${name}: every tensor is used by both graphs or set aside with a reason`, async () => {
    const { checkpoint, ignored, ...blueprint } = await readBlueprint(goldenDirectory(name));
    const aside = ignored.map(({ tensor, reason }) => {
      assert.ok(reason.length > 5);
      return tensor.name;
    });
    const used = [...checkpoint.tensors.keys()].filter((each) => !aside.includes(each));
    for (const write of [score, differentiate]) {
      const ledger = new Ledger(checkpoint);
      write(blueprint, ledger);
      assert.deepEqual(ledger.taken.map(({ name }) => name).toSorted(), used.toSorted());
    }
  });

  Deno.test(`${name}: a tensor that is missing, misshapen or left over is refused by name`, async () => {
    const blueprint = await readBlueprint(goldenDirectory(name));
    const { checkpoint, ignored } = blueprint;
    const aside = new Set(ignored.map(({ tensor }) => tensor.name));
    for (const tensor of checkpoint.tensors.values()) {
      if (aside.has(tensor.name)) continue;
      const missing = refusal(blueprint, without(checkpoint, tensor.name));
      assert.match(missing, /^Cannot load .* is missing: received /);
      const wider = { ...tensor, shape: tensor.shape.map((extent) => extent + 1) };
      const misshapen = refusal(blueprint, including(checkpoint, wider));
      assert.match(misshapen, /must have the shape \[\d+(, \d+)*\]: received \[/);
      for (const message of [missing, misshapen]) assert.ok(message.includes(`"${tensor.name}"`));
      const twin = { ...tensor, name: tensor.name.replace(/\w+$/, "surplus") };
      const leftOver = refusal(blueprint, including(checkpoint, twin));
      assert.match(leftOver, /has no use for a tensor: received "/);
      assert.ok(leftOver.includes(`"${twin.name}"`));
    }
  });
}

type Loaded = Pick<Blueprint, "architecture">;

function score({ architecture }: Loaded, weights: Ledger): void {
  scoringGraph(architecture, weights);
}

function differentiate({ architecture }: Loaded, weights: Ledger): void {
  const labelWeights = architecture.head.labels.map(() => 1);
  ownPassGraph("gradient", { architecture, weights, labelWeights });
}

type Tensors = Pick<Checkpoint, "source" | "tensors">;

function without({ source, tensors }: Tensors, name: string): Tensors {
  return { source, tensors: new Map([...tensors].filter(([each]) => each !== name)) };
}

function including({ source, tensors }: Tensors, tensor: ListedTensor): Tensors {
  return { source, tensors: new Map([...tensors, [tensor.name, tensor]]) };
}

/** Why the checkpoint does not load. */
function refusal(loaded: Loaded, checkpoint: Tensors): string {
  const ledger = new Ledger(checkpoint);
  try {
    score(loaded, ledger);
    ledger.settle();
  } catch (error) {
    assert.ok(error instanceof AbacusError && error.kind === "bad_model", `${error}`);
    return error.message;
  }
  return assert.fail("the checkpoint loads");
}
