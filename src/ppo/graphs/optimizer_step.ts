/**
 * Optimizer step: Adam on the vectors of policy and critic, together or apart.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { concat, slice } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { adam, type AdamSettings, type AdamState, type AdamStep, normOf } from "./optimiser.ts";
import type { ParameterLayout } from "./parameter_vector.ts";
import type { UpdateOptions } from "./update_graph.ts";

/** What a step depends on; not the shape of a minibatch. */
type StepOptions = Pick<UpdateOptions, "adam" | "criticOnly" | "policyLater">;

/** A step of Adam; learning rates and bias corrections count the updates that policy and critic have each had. */
export function optimizerStep(
  before: AdamState & { gradient: Value; update: Value },
  options: StepOptions,
  layout: ParameterLayout,
): AdamStep {
  const { adam: settings, criticOnly, policyLater } = options;
  if (settings.critic !== undefined) return steppedApart(before, options, layout);
  const whole = adam(before, settings);
  // Without this, its moments and weight decay would still move the policy.
  if (criticOnly) return merged({ policy: before, critic: whole }, layout);
  if (!policyLater) return whole;
  const update = before.update.graph.input("policy_update", "float32", []);
  const { parameters, learningRate } = adam({ ...before, update }, laterSettings(settings));
  const both = merged({ policy: { ...whole, parameters }, critic: whole }, layout);
  return { ...both, learningRate };
}

/** The settings of a policy that is trained later than its critic: its schedule begins with its own updates. */
export function laterSettings(settings: AdamSettings): AdamSettings {
  return { ...settings, totalUpdates: settings.policyUpdates ?? settings.totalUpdates };
}

/** Steps of policy and critic, each on its part of the vectors, with what the critic has of its own. */
function steppedApart(
  before: AdamState & { gradient: Value; update: Value },
  { adam: settings, criticOnly, policyLater }: StepOptions,
  { policySize, size }: ParameterLayout,
): AdamStep {
  const part = (start: number, end: number) => (vector: Value) =>
    slice(vector, { axis: 0, start, end });
  const [own, critics] = [part(0, policySize), part(policySize, size)];
  const stateOf = (of: (vector: Value) => Value): AdamState => ({
    parameters: of(before.parameters),
    first: of(before.first),
    second: of(before.second),
  });
  const inputsOf = (of: (vector: Value) => Value) => {
    return { ...stateOf(of), gradient: of(before.gradient), update: before.update };
  };
  const { learningRate = settings.learningRate, maxGradientNorm } = settings.critic ?? {};
  const gradientNorm = normOf(before.gradient);
  const norm = maxGradientNorm === undefined ? { norm: gradientNorm } : {};
  const critic = adam({ ...inputsOf(critics), ...norm }, {
    ...settings,
    learningRate,
    maxGradientNorm: maxGradientNorm ?? settings.maxGradientNorm,
  });
  const policyStep = () =>
    policyLater
      ? adam({
        ...inputsOf(own),
        ...norm,
        update: before.update.graph.input("policy_update", "float32", []),
      }, laterSettings(settings))
      : adam({ ...inputsOf(own), ...norm }, settings);
  const policy = criticOnly ? { ...stateOf(own), learningRate: critic.learningRate } : policyStep();
  const both = (name: keyof AdamState) => concat([policy[name], critic[name]], 0);
  return {
    parameters: both("parameters"),
    first: both("first"),
    second: both("second"),
    gradientNorm,
    learningRate: policy.learningRate,
  };
}

/** The policy's part of one state and the critic's part of another. */
function merged(
  { policy, critic }: { policy: AdamState; critic: AdamStep },
  { policySize, size }: ParameterLayout,
): AdamStep {
  const both = (name: keyof AdamState) =>
    policy[name] === critic[name] ? policy[name] : concat([
      slice(policy[name], { axis: 0, start: 0, end: policySize }),
      slice(critic[name], { axis: 0, start: policySize, end: size }),
    ], 0);
  return {
    ...critic,
    parameters: both("parameters"),
    first: both("first"),
    second: both("second"),
  };
}

/** The vectors that a step changes, as inputs. */
export function stateInputs(graph: Graph, size: number): AdamState {
  const input = (name: string) => graph.input(name, "float32", [size]);
  return { parameters: input("parameters"), first: input("first"), second: input("second") };
}
