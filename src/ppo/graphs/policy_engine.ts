/**
 * Policy engine: samples from a policy, evaluates it and trains it. Owns the graphs and, in the runtime's
 * worker, the parameters and Adam's moments. Independent of rewards.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Feed, Feeds, Runtime } from "../../engine/runtime.ts";
import type { RandomSource } from "../math/random.ts";
import type { Rows } from "../math/rows.ts";
import type { ActorCritic, BatchShape } from "./actor_critic.ts";
import {
  responseAttention,
  rowFeed,
  rowsOf,
  type Sequence,
  sequenceFeeds,
  shapeFor,
  shareFeed,
} from "./batch_feeds.ts";
import { evaluatorGraph } from "./evaluator_graph.ts";
import { type DrawnRequest, sampleInGroups } from "./grouped_sampling.ts";
import type { LossSettings } from "./loss.ts";
import { weightFeed } from "./loss_mean.ts";
import type { AdamSettings } from "./optimiser.ts";
import { layoutOf, type ParameterLayout, viewsOf } from "./parameter_vector.ts";
import {
  type Completion,
  completionsOf,
  type SampleRequest,
  samplerFeeds,
} from "./sampler_feeds.ts";
import { samplerGraph } from "./sampler_graph.ts";
import { SessionCache } from "./session_cache.ts";
import { type Decoding, decodingRule, type SamplingRule } from "./token_sampling.ts";
import { type CriticStat, statNames, updateGraph, type UpdateStat } from "./update_graph.ts";

/** Options of a policy engine. */
export interface PolicyEngineOptions {
  readonly actorCritic: ActorCritic;
  readonly rule: SamplingRule;
  /** Token ids that end a sequence. */
  readonly eosIds: readonly number[];
  /** Sequences that are evaluated or trained on at once. */
  readonly minibatch: number;
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

/** Training data of one update, a row per completion. */
export interface Minibatch {
  readonly sequences: readonly Sequence[];
  /** Under the policy that sampled. */
  readonly logProbs: Rows;
  readonly advantages: Rows;
  /** Of the critic at that time; absent without one, as `returns` are. */
  readonly values?: Rows | undefined;
  readonly returns?: Rows | undefined;
  /** Under the reference; absent where KL is no term of the loss. */
  readonly referenceLogProbs?: Rows | undefined;
}

/** The position of an update in the run. */
export interface UpdateOptions {
  /** The number of this update in the run, from 1. */
  readonly count: number;
  /** Its number among the updates of the policy. @default count */
  readonly policyCount?: number;
  /** Whether to train the critic alone. @default false */
  readonly criticOnly?: boolean;
  /** What a nat costs, where KL is a term of the loss. @default 0 */
  readonly klCoefficient?: number;
}

/** Metrics of an update. */
export type UpdateStats =
  & Readonly<Record<Exclude<UpdateStat, CriticStat>, number>>
  & Readonly<Partial<Record<CriticStat, number>>>;

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
  /** The places of all weights in the vectors. */
  readonly layout: ParameterLayout;

  constructor(runtime: Runtime, options: PolicyEngineOptions) {
    this.#runtime = runtime;
    this.#sessions = new SessionCache(runtime, CACHED_SHAPES);
    this.#options = options;
    this.layout = layoutFor(options.actorCritic);
  }

  /** Sets the frozen reference, from the policy's part of a parameter vector. */
  async setReference(parameters: Float32Array): Promise<void> {
    const data = Float32Array.from(parameters.subarray(0, this.layout.policySize));
    await this.#runtime.put("reference", { data, dims: [data.length] });
  }

  /** Sets the vectors, which are copied. */
  async setState(state: EngineState): Promise<void> {
    for (const name of STATE) {
      const data = Float32Array.from(state[name]);
      await this.#runtime.put(name, { data, dims: [data.length] });
    }
  }

  /** A copy of the vectors. */
  async state(): Promise<EngineState> {
    const read = async (name: string) =>
      (await this.#runtime.get(name)).data as Float32Array<ArrayBuffer>;
    const [parameters, first, second] = await Promise.all([
      read("parameters"),
      read("first"),
      read("second"),
    ]);
    return { parameters, first, second };
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
    const { actorCritic: { model, maskedEosIds = [] }, eosIds } = this.#options;
    const masked = maskedEosIds.length > 0;
    const batch = drawn.length;
    const rule = decodingRule(decoding, this.#options.rule);
    const build = () => samplerGraph(model, { batch, rule, eosIds, masked });
    const spec = { kind: `${decoding} completions`, shape: String(batch), build };
    const requests = drawn.map(({ request }) => request);
    const outputs = await this.#sessions.run(spec, (weights) => ({
      feeds: samplerFeeds(requests, drawn.map(({ uniforms }) => uniforms)),
      use: viewsOf(this.layout, weights, "parameters"),
    }));
    return completionsOf(requests, outputs, eosIds);
  }

  /** Evaluates the responses of completions, one minibatch at a time. */
  async evaluate(
    sequences: readonly Sequence[],
    { whose, attention = false }: { whose: Whose; attention?: boolean },
  ): Promise<Evaluation> {
    const size = this.#options.minibatch;
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

  #hasValues(whose: Whose): boolean {
    return whose === "policy" && this.#options.actorCritic.critic !== "none";
  }

  async #evaluate(
    sequences: readonly Sequence[],
    { whose, attention }: { whose: Whose; attention: boolean },
  ): Promise<Evaluation> {
    const shape = shapeFor(sequences, this.#options.minibatch);
    const outputs = { values: this.#hasValues(whose), attention };
    const build = () => evaluatorGraph(this.#options.actorCritic, shape, outputs);
    const kind = attention ? `${whose} with attention` : whose;
    const found = await this.#sessions.run({ kind, shape: shapeName(shape), build }, (weights) => ({
      feeds: sequenceFeeds(sequences, shape),
      use: viewsOf(this.layout, weights, whose === "policy" ? "parameters" : "reference"),
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
  async update(
    minibatch: Minibatch,
    options: UpdateOptions,
  ): Promise<UpdateStats> {
    const { count, policyCount = count, criticOnly = false, klCoefficient = 0 } = options;
    const { actorCritic, loss } = this.#options;
    const shape = shapeFor(minibatch.sequences, this.#options.minibatch);
    const policyLater = !criticOnly && policyCount !== count;
    const build = () => updateGraph({ ...this.#options, shape, criticOnly, policyLater });
    const kind = criticOnly ? "update of the critic" : policyLater ? "later update" : "update";
    const spec = { kind, shape: shapeName(shape), build };
    const outputs = await this.#sessions.run(spec, (weights) => ({
      feeds: {
        ...minibatchFeeds(minibatch, { shape, loss }),
        update: scalar(count),
        policy_update: scalar(policyCount),
        kl_coefficient: scalar(klCoefficient),
      },
      use: {
        ...viewsOf(this.layout, weights, "parameters"),
        ...Object.fromEntries(STATE.map((each) => [each, each])),
      },
      keep: Object.fromEntries(STATE.map((each) => [`${each}.next`, each])),
    }));
    const stats = outputs["stats"]!.data;
    const numbers = statNames(actorCritic).map((each, i) => [each, Number(stats[i])]);
    return Object.fromEntries(numbers) as UpdateStats;
  }
}

/** The layout does not depend on the batch shape, so any serves to find it. */
function layoutFor(actorCritic: ActorCritic): ParameterLayout {
  const shape = { batch: 1, length: 2 };
  const outputs = { values: actorCritic.critic !== "none", attention: false };
  return layoutOf(evaluatorGraph(actorCritic, shape, outputs).weights);
}

/** A graph ignores the feeds of what its loss does not have. */
function minibatchFeeds(
  { sequences, logProbs, advantages, values = [], returns = [], referenceLogProbs = [] }: Minibatch,
  { shape, loss: { mean = "token", longest = 1 } }: { shape: BatchShape; loss: LossSettings },
): Feeds {
  return {
    ...sequenceFeeds(sequences, shape),
    log_probs: rowFeed(logProbs),
    advantages: rowFeed(advantages),
    values: rowFeed(values),
    returns: rowFeed(returns),
    reference_log_probs: rowFeed(referenceLogProbs),
    weight: weightFeed(sequences, { mean, longest }),
    share: shareFeed(sequences),
  };
}

function scalar(number: number): Feed {
  return { data: Float32Array.of(number), dims: [] };
}

function shapeName({ batch, length }: BatchShape): string {
  return `${batch}x${length}`;
}

function expectFinite(what: string, rows: Rows): void {
  const wrong = rows.flatMap((row) => [...row]).find((number) => !Number.isFinite(number));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot continue as ${what} is not finite: received ${wrong}`,
  );
}
