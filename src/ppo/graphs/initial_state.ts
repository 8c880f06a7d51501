/**
 * Initial state: what a policy, its critic and its optimizer begin a run with.
 *
 * @module
 */

import { randomStream } from "../math/random.ts";
import type { Policy } from "../rollout/policy.ts";
import { readParameters } from "./parameter_vector.ts";
import type { PolicyEngine } from "./policy_engine.ts";
import { drawFactors } from "./trained_adapter.ts";

/**
 * Reads a policy into the engine, as the reference and as what is trained: all of its weights, or an adapter
 * that is drawn and changes nothing yet. Adam's moments are 0.
 *
 * @param seed of the run
 * @returns the vector that is trained
 * @throws {AbacusError} `bad_model` if a tensor is missing, unused or of another shape (law 5)
 */
export async function setInitialState(
  engine: PolicyEngine,
  policy: Pick<Policy, "checkpoint" | "model" | "adapter">,
  seed: number,
): Promise<Float32Array<ArrayBuffer>> {
  const read = await readParameters(engine.referenceLayout, policy);
  await engine.setReference(read);
  const random = randomStream({ seed, step: 0, purpose: "adapter" });
  const parameters = engine.trainsAdapter ? drawFactors(engine.layout, random) : read;
  const zeros = new Float32Array(parameters.length);
  await engine.setState({ parameters, first: zeros, second: zeros });
  return parameters;
}
