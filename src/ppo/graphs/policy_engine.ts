/**
 * Policy engine: samples from a policy, evaluates it and trains it. Owns the graphs and, in the runtime's
 * worker, the parameters and Adam's moments. Independent of rewards.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Feed, Runtime } from "../../engine/runtime.ts";
import type { RandomSource } from "../math/random.ts";
import type { Rows } from "../math/rows.ts";
import type { ActorCritic } from "./actor_critic.ts";
import {
  nameOf,
  responseAttention,
  rowsOf,
  type Sequence,
  sequenceFeeds,
  shapeFor,
} from "./batch_feeds.ts";
import { evaluatorGraph } from "./evaluator_graph.ts";
import { type DrawnRequest, sampleInGroups } from "./grouped_sampling.ts";
import type { LossSettings } from "./loss.ts";
import type { Minibatch } from "./minibatch_feeds.ts";
import type { AdamSettings } from "./optimiser.ts";
import { layoutOf, type ParameterLayout, type VectorLayouts, viewsOf } from "./parameter_vector.ts";
import {
  type Completion,
  completionsOf,
  type SampleRequest,
  samplerFeeds,
} from "./sampler_feeds.ts";
import { samplerGraph } from "./sampler_graph.ts";
import { SessionCache } from "./session_cache.ts";
import { type Decoding, decodingRule, type SamplingRule } from "./token_sampling.ts";
import type { UpdateStats } from "./update_stats.ts";
import { isInParts, type UpdateOptions, Updater } from "./updater.ts";
import { inPieces, type VectorReader } from "./vector_reader.ts";

export type { Minibatch } from "./minibatch_feeds.ts";
export type { UpdateStats } from "./update_stats.ts";
export type { UpdateOptions } from "./updater.ts";

/** Options of a policy engine. */
export interface PolicyEngineOptions {
  readonly actorCritic: ActorCritic;
  readonly rule: SamplingRule;
  /** Token ids that end a sequence. */
  readonly eosIds: readonly number[];
  /** Sequences of an update. */
  readonly minibatch: number;
  /** Parts that they are evaluated and trained on in, one after the other. @default 1 */
  readonly parts?: number | undefined;
  /** Weights from which on gradients and the optimizer's step are computed apart. @default 2^22 */
  readonly largeFrom?: number | undefined;
  readonly loss: LossSettings;
  readonly adam: AdamSettings;
}

/** Outputs for a batch of completions, one row each. */
export interface Evaluation {
  readonly logProbs: Rows;
  /** Absent for the reference, and without a critic. */
  readonly values?: Rows;
  /** `T x T`, row-major; absent unless requested. */
  readonly attention?: Rows;
}

/** The vectors that training continues from: parameters, and Adam's first and second moments. */
export interface EngineState {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly first: Float32Array<ArrayBuffer>;
  readonly second: Float32Array<ArrayBuffer>;
}

const STATE = ["parameters", "first", "second"] as const;

/** Open sessions per kind: one for every batch shape that was used recently. */
const CACHED_SHAPES = 8;

/** Whose parameters are evaluated. */
type Whose = "policy" | "reference";

/** A policy with its critic, its optimizer and a frozen reference. */
export class PolicyEngine {
  readonly #runtime: Runtime;
  readonly #options: PolicyEngineOptions;
  readonly #sessions: SessionCache;
  readonly #updater: Updater;
  readonly #layouts: VectorLayouts;

  constructor(runtime: Runtime, options: PolicyEngineOptions) {
    this.#runtime = runtime;
    this.#sessions = new SessionCache(runtime, CACHED_SHAPES);
    this.#options = options;
    this.#layouts = layoutsFor(options.actorCritic);
    this.#updater = new Updater(this.#sessions, options, this.#layouts);
  }

  /** The places of all weights that are trained in the vectors. */
  get layout(): ParameterLayout {
    return this.#layouts.parameters;
  }

  /** The places of the policy's own weights in the reference, or in the base of an adapter. */
  get referenceLayout(): ParameterLayout {
    return this.#layouts.reference;
  }

  /** Whether the policy's own weights stay as they are. */
  get trainsAdapter(): boolean {
    return this.#options.actorCritic.adapter !== undefined;
  }

  /** Sets the frozen reference, from the policy's part of a vector; an adapter's weights are added to it. */
  async setReference(parameters: Float32Array): Promise<void> {
    const data = Float32Array.from(parameters.subarray(0, this.referenceLayout.policySize));
    await this.#runtime.put("reference", { data, dims: [data.length] });
  }

  /** Sets the vectors, which are copied. */
  async setState(state: EngineState): Promise<void> {
    for (const name of STATE) {
      const data = Float32Array.from(state[name]);
      await this.#runtime.put(name, { data, dims: [data.length] });
    }
    if (!isInParts(this.#options, this.layout)) return;
    const { size } = this.layout;
    await this.#runtime.put("gradient", { data: new Float32Array(size), dims: [size] });
  }

  /** A copy of the vectors, requested together, so that no update comes between them. */
  async state(): Promise<EngineState> {
    const read = async (name: string) =>
      (await this.#runtime.get(name)).data as Float32Array<ArrayBuffer>;
    const [parameters, first, second] = await Promise.all(STATE.map(read));
    return { parameters: parameters!, first: first!, second: second! };
  }

  /** What reads the vectors piece by piece, as all of them are much memory. There must be no update meanwhile. */
  vectors(): Readonly<Record<keyof EngineState, VectorReader>> {
    const read = (name: string): VectorReader => (part) =>
      inPieces(part, async (piece) => {
        return (await this.#runtime.get(name, piece)).data as Float32Array<ArrayBuffer>;
      });
    return { parameters: read("parameters"), first: read("first"), second: read("second") };
  }

  /** Generates a completion for every prompt. */
  async sample(
    requests: readonly SampleRequest[],
    random: RandomSource,
    decoding: Decoding = "sampled",
  ): Promise<Completion[]> {
    const sample = (group: readonly DrawnRequest[]) => this.#sampleTogether(group, decoding);
    const completions = await sampleInGroups(requests, random, sample);
    expectFinite("the log-probability of a token", completions.map(({ logProbs }) => logProbs));
    return completions;
  }

  async #sampleTogether(drawn: readonly DrawnRequest[], decoding: Decoding): Promise<Completion[]> {
    const { actorCritic: { model, maskedEosIds = [], adapter }, eosIds } = this.#options;
    const masked = maskedEosIds.length > 0;
    const batch = drawn.length;
    const rule = decodingRule(decoding, this.#options.rule);
    const build = () => samplerGraph(model, { batch, rule, eosIds, masked, adapter });
    const spec = { kind: `${decoding} completions`, shape: String(batch), build };
    const requests = drawn.map(({ request }) => request);
    const outputs = await this.#sessions.run(spec, (weights) => ({
      feeds: samplerFeeds(requests, drawn.map(({ uniforms }) => uniforms)),
      use: viewsOf(weights, this.#layouts),
    }));
    return completionsOf(requests, outputs, eosIds);
  }

  /** Evaluates the responses of completions, one minibatch at a time. */
  async evaluate(
    sequences: readonly Sequence[],
    { whose, attention = false }: { whose: Whose; attention?: boolean },
  ): Promise<Evaluation> {
    const size = this.#size;
    const parts: Evaluation[] = [];
    for (let at = 0; at < sequences.length; at += size) {
      parts.push(await this.#evaluate(sequences.slice(at, at + size), { whose, attention }));
    }
    const all = (of: (part: Evaluation) => Rows | undefined) => parts.flatMap((p) => of(p) ?? []);
    return {
      logProbs: all(({ logProbs }) => logProbs),
      ...(this.#hasValues(whose) ? { values: all(({ values }) => values) } : {}),
      ...(attention ? { attention: all((part) => part.attention) } : {}),
    };
  }

  /** Sequences that are computed at once. */
  get #size(): number {
    return Math.ceil(this.#options.minibatch / (this.#options.parts ?? 1));
  }

  #hasValues(whose: Whose): boolean {
    return whose === "policy" && this.#options.actorCritic.critic !== "none";
  }

  async #evaluate(
    sequences: readonly Sequence[],
    { whose, attention }: { whose: Whose; attention: boolean },
  ): Promise<Evaluation> {
    const shape = shapeFor(sequences, this.#size);
    const outputs = { values: this.#hasValues(whose), attention };
    const { parameters, reference } = this.#layouts;
    const { actorCritic } = this.#options;
    const [layouts, evaluated] = whose === "policy"
      ? [{ parameters, reference }, actorCritic]
      : [{ reference }, { ...actorCritic, adapter: undefined }];
    const build = () => evaluatorGraph(evaluated, shape, outputs);
    const kind = attention ? `${whose} with attention` : whose;
    const found = await this.#sessions.run({ kind, shape: nameOf(shape), build }, (weights) => ({
      feeds: sequenceFeeds(sequences, shape),
      use: viewsOf(weights, layouts),
    }));
    const rows = (output: Feed | undefined) => rowsOf(output!, sequences);
    const evaluation = {
      logProbs: rows(found["log_probs"]),
      ...(outputs.values ? { values: rows(found["values"]) } : {}),
      ...(attention ? { attention: responseAttention(found["attention"]!, sequences, shape) } : {}),
    };
    expectFinite(`the ${whose}'s log-probability of a token`, evaluation.logProbs);
    expectFinite("the value of a state", evaluation.values ?? []);
    return evaluation;
  }

  /** Takes one optimizer step on a minibatch. */
  async update(minibatch: Minibatch, options: UpdateOptions): Promise<UpdateStats> {
    return await this.#updater.update(minibatch, options);
  }
}

/** Layouts do not depend on the batch shape, so any serves to find them. */
function layoutsFor(actorCritic: ActorCritic): VectorLayouts {
  const weightsOf = (each: ActorCritic) => {
    const outputs = { values: each.critic !== "none", attention: false };
    return evaluatorGraph(each, { batch: 1, length: 2 }, outputs).weights;
  };
  const parameters = layoutOf(weightsOf(actorCritic).trained);
  if (actorCritic.adapter === undefined) return { parameters, reference: parameters };
  const { taken } = weightsOf({ ...actorCritic, critic: "none", adapter: undefined });
  return { parameters, reference: layoutOf(taken) };
}

function expectFinite(what: string, rows: Rows): void {
  const wrong = rows.flatMap((row) => [...row]).find((number) => !Number.isFinite(number));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot continue as ${what} is not finite: received ${wrong}`,
  );
}
