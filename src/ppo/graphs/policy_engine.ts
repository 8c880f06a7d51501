/**
 * Policy engine: a policy that writes, reads and learns. Owns the graphs and, in the runtime's worker,
 * the parameters and Adam's moments; knows nothing of rewards.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Feed, Feeds, Runtime } from "../../engine/runtime.ts";
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
import type { LossSettings } from "./loss.ts";
import type { AdamSettings } from "./optimiser.ts";
import { layoutOf, type ParameterLayout, viewsOf } from "./parameter_vector.ts";
import type { RandomSource } from "../math/random.ts";
import type { Rows } from "../math/rows.ts";
import { samplerGraph } from "./sampler_graph.ts";
import type { SamplingRule } from "./sampling_rule.ts";
import { type Completion, completionsOf, type SampleRequest, samplerFeeds } from "./sampling.ts";
import { SessionShelf } from "./session_shelf.ts";
import { UPDATE_STATS, updateGraph } from "./update_graph.ts";

/** What an engine is built for. */
export interface PolicyEngineOptions {
  readonly actorCritic: ActorCritic;
  readonly rule: SamplingRule;
  /** Ids that end a sequence. */
  readonly ends: readonly number[];
  /** Sequences that are evaluated or learnt from at once. */
  readonly minibatch: number;
  readonly loss: LossSettings;
  readonly adam: AdamSettings;
}

/** What one set of parameters says of completions, a row per completion. */
export interface Evaluation {
  readonly logProbs: Rows;
  /** Absent for the reference. */
  readonly values?: Rows;
  /** `T x T`, row-major; absent unless asked for. */
  readonly attention?: Rows;
}

/** What an update learns from, a row per completion of the minibatch. */
export interface Lesson {
  readonly sequences: readonly Sequence[];
  readonly logProbs: Rows;
  readonly values: Rows;
  readonly advantages: Rows;
  readonly returns: Rows;
}

/** What an update is told of the run. */
export interface UpdateTask {
  readonly count: number;
  readonly policyCount?: number;
  readonly criticOnly?: boolean;
}

/** What is watched of an update. */
export type UpdateStats = Readonly<Record<typeof UPDATE_STATS[number], number>>;

/** The vectors that a run goes on from. */
export interface EngineState {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly first: Float32Array<ArrayBuffer>;
  readonly second: Float32Array<ArrayBuffer>;
}

const STATE = ["parameters", "first", "second"] as const;

/** Sessions of a kind that are open at a time; one for every shape of batch that was met lately. */
const MOST_SHAPES = 8;

/** Whose parameters a reading uses. */
type Whose = "policy" | "reference";

/** A policy with its critic, its optimiser and a frozen reference. */
export class PolicyEngine {
  readonly #runtime: Runtime;
  readonly #options: PolicyEngineOptions;
  readonly #sessions: SessionShelf;
  /** Where every weight stands in the vectors. */
  readonly layout: ParameterLayout;

  constructor(runtime: Runtime, options: PolicyEngineOptions) {
    this.#runtime = runtime;
    this.#sessions = new SessionShelf(runtime, MOST_SHAPES);
    this.#options = options;
    this.layout = layoutFor(options.actorCritic);
  }

  /** Puts the frozen policy in its place: as many numbers as the policy's own weights have. */
  async setReference(parameters: Float32Array): Promise<void> {
    const data = Float32Array.from(parameters.subarray(0, this.layout.policySize));
    await this.#runtime.put("reference", { data, dims: [data.length] });
  }

  /** Goes on from these vectors, which are copied. */
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

  /** Writes a completion after every prompt. */
  async sample(requests: readonly SampleRequest[], random: RandomSource): Promise<Completion[]> {
    const { actorCritic: { model, maskedEnds = [] }, rule, ends } = this.#options;
    const masked = maskedEnds.length > 0;
    const batch = requests.length;
    const build = () => samplerGraph(model, { batch, rule, ends, masked });
    const wanted = { kind: "sampler", shape: String(batch), build };
    const outputs = await this.#sessions.run(wanted, (weights) => ({
      feeds: samplerFeeds(requests, random),
      use: viewsOf(this.layout, weights, "parameters"),
    }));
    const completions = completionsOf(requests, outputs, ends);
    expectFinite("the log-probability of a token", completions.map(({ logProbs }) => logProbs));
    return completions;
  }

  /** Log-probabilities of the responses, and what else is asked for, a minibatch at a time. */
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
      ...(whose === "policy" ? { values: all(({ values }) => values) } : {}),
      ...(attention ? { attention: all((part) => part.attention) } : {}),
    };
  }

  async #evaluate(
    sequences: readonly Sequence[],
    { whose, attention }: { whose: Whose; attention: boolean },
  ): Promise<Evaluation> {
    const shape = shapeFor(sequences, this.#options.minibatch);
    const outputs = { values: whose === "policy", attention };
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

  /**
   * One step of the optimiser.
   *
   * @param task the number of this update in the run, from 1; the same among those of the policy, if the
   * critic learnt alone before them; and whether it does so now
   */
  async update(
    lesson: Lesson,
    { count, policyCount = count, criticOnly = false }: UpdateTask,
  ): Promise<UpdateStats> {
    const shape = shapeFor(lesson.sequences, this.#options.minibatch);
    const policyLater = !criticOnly && policyCount !== count;
    const build = () => updateGraph({ ...this.#options, shape, criticOnly, policyLater });
    const kind = criticOnly ? "update of the critic" : policyLater ? "later update" : "update";
    const outputs = await this.#sessions.run(
      { kind, shape: shapeName(shape), build },
      (weights) => ({
        feeds: lessonFeeds(lesson, { shape, count, policyCount }),
        use: {
          ...viewsOf(this.layout, weights, "parameters"),
          ...Object.fromEntries(STATE.map((each) => [each, each])),
        },
        keep: Object.fromEntries(STATE.map((each) => [`${each}.next`, each])),
      }),
    );
    const stats = outputs["stats"]!.data;
    return Object.fromEntries(
      UPDATE_STATS.map((each, i) => [each, Number(stats[i])]),
    ) as UpdateStats;
  }
}

/** The layout does not depend on the shape of batches, so any will do to find it. */
function layoutFor(actorCritic: ActorCritic): ParameterLayout {
  const shape = { batch: 1, length: 2 };
  return layoutOf(evaluatorGraph(actorCritic, shape, { values: true, attention: false }).weights);
}

function lessonFeeds(
  { sequences, logProbs, values, advantages, returns }: Lesson,
  { shape, count, policyCount }: { shape: BatchShape; count: number; policyCount: number },
): Feeds {
  return {
    ...sequenceFeeds(sequences, shape),
    log_probs: rowFeed(logProbs),
    values: rowFeed(values),
    advantages: rowFeed(advantages),
    returns: rowFeed(returns),
    share: shareFeed(sequences),
    update: { data: Float32Array.of(count), dims: [] },
    policy_update: { data: Float32Array.of(policyCount), dims: [] },
  };
}

function shapeName({ batch, length }: BatchShape): string {
  return `${batch}x${length}`;
}

function expectFinite(what: string, rows: Rows): void {
  const wrong = rows.flatMap((row) => [...row]).find((number) => !Number.isFinite(number));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot go on as ${what} is not finite: received ${wrong}`,
  );
}
