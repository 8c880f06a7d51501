/**
 * Reads what a server says about itself: its models, and whether it is ready.
 *
 * @module
 */

import type { ModelsReply } from "../wire/models.ts";
import { booleanAt, finiteAt, listAt, objectAt, type Placed, textAt } from "./check.ts";

/** A loaded model, as `GET /v1/models` describes it. */
export type ModelFacts = ModelsReply["data"][number];

/** The check of every field; by its type the table is complete. */
const fieldChecks: Readonly<Record<keyof Required<ModelFacts>, (placed: Placed) => unknown>> = {
  id: textAt,
  object: textAt,
  family: textAt,
  architecture: textAt,
  base: (placed) => placed.value === undefined || textAt(placed), // of adapters alone
  members: (placed) => placed.value === undefined || membersAt(placed, readMember),
  causal: booleanAt,
  attention: textAt,
  graph: textAt,
  pooling: textAt,
  pooled: (placed) => placed.value === undefined || readPooled(placed), // not of mixtures
  head: textAt,
  task: textAt,
  input: textAt,
  parameters: finiteAt,
  stored_dtype: textAt,
  weights_digest: (placed) => placed.value === undefined || textAt(placed), // not of prebuilt graphs
  dtype: textAt,
  device: textAt,
  on_device: finiteAt,
  threads: finiteAt,
  replicas: (placed) => placed.value === undefined || membersAt(placed, textAt), // of several alone
  context: finiteAt,
  vocabulary: finiteAt,
  labels: finiteAt,
  score_rule: textAt,
  normalization: textAt,
  chat_template: booleanAt,
  close: textAt,
  closes: (placed) => membersAt(placed, textAt),
  tokenizer_digest: (placed) => placed.value === undefined || textAt(placed), // not of mixtures
  steps: (placed) => placed.value === undefined || readStepFacts(placed),
  credit_methods: (placed) => membersAt(placed, readMethod),
  limits: readLimits,
};

const limitChecks: Readonly<Record<keyof ModelFacts["limits"], true>> = {
  items: true,
  completions_per_item: true,
  completions_per_request: true,
  messages: true,
  characters_per_text: true,
  tokens_per_list: true,
};

/** Reads the answer of `GET /v1/models`. @throws {RewardClientError} `protocol` */
export function readModels(value: unknown): ModelFacts[] {
  const { data } = objectAt({ value, path: "" });
  return membersAt({ value: data, path: "data" }, (placed) => {
    const fields = objectAt(placed);
    for (const [name, check] of Object.entries(fieldChecks)) check(fieldAt(placed, name));
    // Every field of the type was checked above.
    return fields as unknown as ModelFacts;
  });
}

/** A state of `GET /readyz`: ready, loading, recovering, failed, draining, or a new one of a newer server. */
export type Readiness = string;

/** Reads the answer of `GET /readyz`. @throws {RewardClientError} `protocol` */
export function readReadiness(value: unknown): Readiness {
  return textAt(fieldAt({ value, path: "" }, "status"));
}

/** Some rules name a token. */
function readPooled(placed: Placed): void {
  textAt(fieldAt(placed, "at"));
  const id = fieldAt(placed, "id");
  if (id.value !== undefined) finiteAt(id);
}

/** Only process reward models say anything of steps. */
function readStepFacts(placed: Placed): void {
  for (const name of ["read", "reduction"]) textAt(fieldAt(placed, name));
}

/** Only mixtures have members. */
function readMember(placed: Placed): void {
  textAt(fieldAt(placed, "id"));
  finiteAt(fieldAt(placed, "weight"));
}

function readMethod(placed: Placed): void {
  for (const name of ["name", "summary", "source"]) textAt(fieldAt(placed, name));
  booleanAt(fieldAt(placed, "signed"));
}

function readLimits(placed: Placed): void {
  for (const name of Object.keys(limitChecks)) finiteAt(fieldAt(placed, name));
}

function membersAt<Member>(placed: Placed, read: (placed: Placed) => Member): Member[] {
  return listAt(placed).map((value, i) => read({ value, path: `${placed.path}[${i}]` }));
}

function fieldAt(placed: Placed, name: string): Placed {
  const path = placed.path === "" ? name : `${placed.path}.${name}`;
  return { value: objectAt(placed)[name], path };
}
