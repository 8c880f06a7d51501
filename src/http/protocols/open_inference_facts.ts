/**
 * Health and metadata of the Open Inference Protocol, in the bodies that KServe's client reads; Triton's
 * reads the status alone, and the configuration of a model.
 *
 * @module
 */

import type { Context } from "hono";
import { z } from "zod";
import type { ModelFacts } from "../../scorer/facts.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { namesOf, outputFact } from "./open_inference_outputs.ts";
import type { FactRoute, ServerFacts } from "./protocol.ts";

/** Every route that scores nothing. */
export function inferenceFacts({ backend, version, limits }: ServerFacts): readonly FactRoute[] {
  const modelOf = (context: Context) =>
    backend.require().find(context.req.param("name")).scorer.facts;
  const health: readonly Fact[] = [{
    path: "/v2/health/live",
    operationId: "getServerLive",
    summary: "Whether the server is alive",
    schema: z.object({ live: z.boolean() }),
    handle: (context) => context.json({ live: true }),
  }, {
    path: "/v2/health/ready",
    operationId: "getServerReady",
    summary: "Whether all models are loaded",
    unready: "They are not, or the server drains",
    schema: z.object({ ready: z.boolean() }),
    handle(context) {
      const ready = backend.readiness === "ready";
      return context.json({ ready }, ready ? 200 : 503);
    },
  }];
  const metadata: readonly Fact[] = [{
    path: "/v2",
    operationId: "getServerMetadata",
    summary: "What the server is",
    schema: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
    handle: (context) =>
      context.json({ name: "abacus", version, extensions: ["binary_tensor_data"] }),
  }, {
    path: "/v2/models/:name",
    operationId: "getModelMetadata",
    summary: "What a model takes and returns",
    schema: metadataSchema(),
    handle: (context) => context.json(metadataOf(modelOf(context))),
  }, {
    path: "/v2/models/:name/config",
    operationId: "getModelConfig",
    summary: "The configuration of a model, as far as Triton's clients read it",
    schema: configSchema(),
    handle: (context) => context.json(configOf(modelOf(context), limits)),
  }, {
    path: "/v2/models/:name/ready",
    operationId: "getModelReady",
    summary: "Whether a model is loaded",
    schema: z.object({ name: z.string(), ready: z.boolean() }),
    handle: (context) => context.json({ name: modelOf(context).name, ready: true }),
  }];
  // Probes have no key.
  return [
    ...health.map((fact) => routeOf(fact, { open: true })),
    ...metadata.map((fact) => routeOf(fact, { open: false })),
  ];
}

/** A route that tells a fact. */
type Fact = Pick<FactRoute, "path" | "operationId" | "summary" | "unready" | "handle"> & {
  readonly schema: z.ZodType;
};

function routeOf({ schema, ...fact }: Fact, { open }: { open: boolean }): FactRoute {
  const answer = { type: "application/json", description: "The facts", schema };
  const failures = fact.path.includes(":name") ? ["unknown_model", "overloaded"] as const : [];
  return { ...fact, method: "GET", open, answer, failures };
}

/** What of a model is told. */
type Told = Pick<ModelFacts, "name" | "task">;

/** What a model takes and returns. */
function metadataOf({ name, task }: Told): z.output<ReturnType<typeof metadataSchema>> {
  const texts = ["prompt", "completion"];
  return {
    name,
    platform: "abacus_onnxruntime",
    inputs: texts.map((name) => ({ name, datatype: "BYTES", shape: [-1] })),
    outputs: namesOf({ task }).map(outputFact),
  };
}

/** Of Triton's model configuration the parts that tell whether batches are taken, and of what. */
function configOf(model: Told, limits: WireLimits): z.output<ReturnType<typeof configSchema>> {
  const { name, platform, inputs, outputs } = metadataOf(model);
  const described = ({ name, datatype }: { name: string; datatype: string }) => ({
    name,
    data_type: `TYPE_${datatype === "BYTES" ? "STRING" : datatype}`,
    dims: [-1],
  });
  return {
    name,
    platform,
    max_batch_size: limits.completionsPerRequest,
    input: inputs.map(described),
    output: outputs.map(described),
  };
}

function configSchema() {
  const tensors = () =>
    z.array(z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) }));
  return z.object({
    name: z.string(),
    platform: z.string(),
    max_batch_size: z.int(),
    input: tensors(),
    output: tensors(),
  });
}

/** `$metadata_model_response` of the specification; models here have no versions. */
function metadataSchema() {
  const tensors = () =>
    z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) }));
  return z.object({
    name: z.string(),
    platform: z.string(),
    inputs: tensors(),
    outputs: tensors(),
  });
}
