import assert from "node:assert/strict";
import { causalClassifier } from "../../src/architectures/classifier.ts";
import { scoreHead } from "../../src/architectures/heads/head_kind.ts";
import type { Architecture } from "../../src/architectures/architecture.ts";
import type { Layout, Trunk } from "../../src/architectures/trunk.ts";
import { embedding } from "../../src/layers/embedding.ts";
import { ownPassGraph } from "../../src/engine/passes/own_pass.ts";
import { scoringGraph } from "../../src/engine/passes/scoring.ts";
import { add } from "../../src/onnx/ops.ts";
import { check } from "../../src/onnx/check.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, writeCheckpoint } from "../support/checkpoint.ts";

const spec = { heads: 1, kvHeads: 1, width: 2, scale: 1 };

/** A trunk that looks tokens up and attends with what it finds, and notes how it is laid out. */
function trunk(told: Layout[] = []): Trunk {
  return {
    family: "small",
    prefix: "body",
    embeddings: "words",
    sharesUpTo: 5,
    dimensions: {
      hidden: 2,
      layers: 1,
      heads: 1,
      vocabulary: 3,
      context: 8,
    },
    attention: () => spec,
    derived: [{ pattern: /^body\.mask$/, reason: "a constant" }],
    hidden({ ids, positions }, at, layout) {
      told.push(layout);
      const stored = embedding(ids, at.at("words"), { count: 3, width: 2 });
      const words = layout.embedded?.(stored) ?? stored;
      const x = add(words, embedding(positions, at.at("places"), { count: 8, width: 2 }));
      const frame = layout.frame(0);
      const projections = { queries: frame.select(x), keys: x, values: x };
      return frame.attend(projections, spec);
    },
  };
}

async function ledgerOf(...names: string[]): Promise<AsyncDisposable & { ledger: Ledger }> {
  const directory = await temporaryDirectory();
  const shapes: Record<string, number[]> = {
    "body.words.weight": [3, 2],
    "body.places.weight": [8, 2],
    "score.weight": [2, 2],
    "body.mask": [1],
  };
  const tensors = names.map((name) => {
    const shape = shapes[name]!;
    return { name, shape, data: Array<number>(shape.reduce((a, b) => a * b)).fill(0.5) };
  });
  await writeCheckpoint(directory.path, tensors);
  return {
    ledger: new Ledger(await openCheckpoint(directory.path)),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

function source(architecture: Architecture, weights: Ledger) {
  return { architecture, weights, labelWeights: [-1, 1] };
}

const config = { id2label: { 0: "bad", 1: "good" } };

/** The trunk with transformers' head. */
function classifier(own: Trunk, pad_token_id?: number | null): Architecture {
  const source = {
    trunk: own,
    config: { ...config, pad_token_id },
    vocabulary: { tied: true },
    fields: {},
    stored: new Map(),
  };
  return causalClassifier("SmallForSequenceClassification", source, scoreHead);
}

const names = ["body.words.weight", "body.places.weight", "score.weight"];

Deno.test("a trunk with a head is an architecture of its extents and labels", () => {
  const made = classifier(trunk());
  assert.deepEqual(
    [made.name, made.family, made.attention, made.sharesUpTo, made.head.labels],
    ["SmallForSequenceClassification", "small", "causal", 5, ["bad", "good"]],
  );
  assert.deepEqual([made.dimensions.labels, made.dimensions.vocabulary], [2, 3]);
});

Deno.test("the score is read at the last token that is not pad_token_id, if there is one", () => {
  const pooling = (pad?: number | null) => classifier(trunk(), pad).pooling;
  assert.deepEqual([pooling(2), pooling(0)], [{ lastNot: 2 }, { lastNot: 0 }]);
  assert.deepEqual([pooling(null), pooling()], ["last", "last"]);
});

Deno.test("the scoring graph gives logits and attention rows, and sets aside what is derived", async () => {
  await using given = await ledgerOf(...names, "body.mask");
  const graph = scoringGraph(classifier(trunk()), given.ledger);
  check(graph);
  given.ledger.settle();
  assert.deepEqual([...graph.outputs.keys()], ["attention", "logits"]);
  assert.deepEqual(graph.outputs.get("logits")?.shape, ["queries", 2]);
});

Deno.test("the gradient graph takes the same tensors", async () => {
  await using given = await ledgerOf(...names);
  const told: Layout[] = [];
  const made = classifier(trunk(told));
  const graph = ownPassGraph("gradient", source(made, given.ledger));
  check(graph);
  given.ledger.settle();
  assert.deepEqual([...graph.outputs.keys()], ["gradient"]);
  assert.equal(told.length, 1);
});

Deno.test("a trunk that does not tell its embeddings has no gradient", async () => {
  await using given = await ledgerOf(...names);
  const silent: Trunk = {
    ...trunk(),
    hidden: (tokens, at, { frame }) => trunk().hidden(tokens, at, { frame }),
  };
  const made = classifier(silent);
  assert.throws(() => ownPassGraph("gradient", source(made, given.ledger)), TypeError);
});
