/**
 * Mixture: a scorer over several models, whose score is the weighted sum of theirs. Every member answers every
 * sample in its own words and tokens; rewards are added up over the first member's tokens.
 *
 * @module
 */

import type { Batcher } from "../batch/batcher.ts";
import { cancellation } from "../batch/endings.ts";
import { type CreditTerms, termsOf } from "../credit/choice.ts";
import type { CreditMethod } from "../credit/method.ts";
import { creditMethod } from "../credit/registry.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { factsOf } from "./facts.ts";
import { type MemberScore, mixedCompletion, onTokensOf } from "./mixed_completion.ts";
import { mixtureFacts } from "./mixture_facts.ts";
import { scoredCredit } from "./scored_credit.ts";
import { SampleError, type Scored, type ScoredCompletion, type ScoreRequest } from "./scored.ts";
import { type RunOptions, type Scorer, scorerOf } from "./scorer.ts";
import {
  attempt,
  compute,
  isAnswered,
  isTask,
  orThrow,
  planned,
  requireMethod,
  tokenize,
} from "./stages.ts";
import { type AnsweredTask, costOf, scoredOf, type Task, type TokenizedSample } from "./task.ts";

/** A model of a mixture, with the queue before its engine. */
export interface Member {
  readonly model: LoadedModel;
  readonly batcher: Batcher;
  /** What its score is multiplied with: finite, and not 0. */
  readonly weight: number;
}

/**
 * Makes a scorer of members; owns none of them.
 *
 * A call takes places with all members or with none, has one deadline and one signal for all, and computes
 * nothing where a member cannot tokenise a sample that it may not leave out.
 *
 * @param name of the mixture, for messages
 * @param members at least one
 */
export function createMixture(name: string, members: readonly Member[]): Scorer {
  const weighed = members.map(({ model, weight }) => ({ facts: factsOf(model), weight }));
  const facts = mixtureFacts(name, weighed);
  const mixture: Mixture = { name, members, usual: facts.methods[0]?.name ?? "uniform" };
  return scorerOf(facts, (request, options) => scoreMixture(mixture, request, options));
}

interface Mixture {
  readonly name: string;
  readonly members: readonly Member[];
  /** The method of a request that names none. */
  readonly usual: string;
}

async function scoreMixture(
  mixture: Mixture,
  { samples, credit, truncation, close }: ScoreRequest,
  { signal, deadlineMs = Infinity, onStage, allOrNothing }: RunOptions,
): Promise<Scored<ScoredCompletion | AbacusError>> {
  const { members } = mixture;
  const terms = termsOf(methodOf(mixture, credit.method ?? mixture.usual, credit), credit);
  if (samples.some(({ kind }) => kind === "ids")) requireOneVocabulary(mixture);
  const [{ batcher: { clock } }] = members as [Member];
  const startMs = clock.nowMs();
  const endMs = startMs + deadlineMs;
  using _places = placesOf(mixture, { count: samples.length, endMs });

  onStage?.("tokenize");
  const tokenized = await Promise.all(
    members.map((member) =>
      tokenize(samples, { model: member.model, terms, truncation, close })
        .catch(throwNamed(mixture, member))
    ),
  );
  if (allOrNothing && signal?.aborted) throw cancellation(signal);
  const asked = { mixture, terms };
  const tasks = tasksOf(tokenized, asked);
  if (allOrNothing) tasks.flat().forEach(orThrow);
  const tokenizeMs = clock.nowMs() - startMs;

  const asking = { signal, deadlineMs: endMs, onStage };
  const answered = await Promise.all(
    members.map(({ batcher }, i) => compute(tasks[i]!, batcher, asking)),
  );
  if (answered.flat().every(isAnswered)) onStage?.("credit");
  const creditFromMs = clock.nowMs();
  const completions = samples.map((_, at) => {
    const scored = scoredBy(answered.map((each) => each[at]!), at, asked);
    return allOrNothing ? orThrow(scored) : scored;
  });
  return {
    completions,
    credit: scoredCredit(terms),
    cost: {
      ...costOf(answered.flat().filter(isTask), tokenizeMs),
      creditMs: clock.nowMs() - creditFromMs,
    },
  };
}

interface Asked {
  readonly mixture: Mixture;
  readonly terms: CreditTerms;
}

/** The method of this name, which every member must be able to apply. */
function methodOf(
  mixture: Mixture,
  name: string,
  credit: ScoreRequest["credit"],
): CreditMethod {
  for (const member of mixture.members) {
    naming(mixture, member, () => requireMethod(name, member.model, credit));
  }
  return creditMethod(name);
}

/** Places with all members, or with none. */
function placesOf(
  mixture: Mixture,
  { count, endMs }: { count: number; endMs: number },
): Disposable {
  using taken = new DisposableStack();
  for (const member of mixture.members) {
    const places = () => member.batcher.admit(count, { deadlineMs: endMs });
    taken.use(naming(mixture, member, places));
  }
  return taken.move();
}

/** The tasks of every member; a sample that one of them cannot take is none's. */
function tasksOf(
  tokenized: readonly (readonly (TokenizedSample | Error)[])[],
  { mixture, terms }: Asked,
): (Task | AbacusError)[][] {
  const [first = []] = tokenized;
  const all = mixture.members.map((member, i) => {
    const { model, batcher } = member;
    const own = tokenized[i]!.map((each, at) => {
      const of = first[at]!;
      return i === 0 || each instanceof Error || of instanceof Error ? each : onTokensOf(of, each);
    });
    const tasks = naming(mixture, member, () => planned(own, batcher, { model, terms }));
    return tasks.map((task) => isTask(task) ? task : named(task, mixture, member));
  });
  const failures = first.map((_, at) =>
    all.map((tasks) => tasks[at]!).find((each) => !isTask(each))
  );
  return all.map((tasks) => tasks.map((task, at) => failures[at] ?? task));
}

/** What the members make of a sample together, or the first error among theirs. */
function scoredBy(
  answers: readonly (AnsweredTask | AbacusError)[],
  at: number,
  { mixture, terms }: Asked,
): ScoredCompletion | AbacusError {
  const parts: MemberScore[] = [];
  for (const [i, member] of mixture.members.entries()) {
    const { model, weight } = member;
    const answer = answers[i]!;
    if (!isTask(answer)) return answer;
    const completion = attempt(at, () => scoredOf(answer, { model, terms }));
    if (completion instanceof AbacusError) return named(completion, mixture, member);
    parts.push({ name: model.name, weight, completion });
  }
  return attempt(at, () => mixedCompletion(parts));
}

/** Whether two models read ids alike, for pairs that were compared. */
const alike = new WeakMap<LoadedModel, WeakMap<LoadedModel, boolean>>();

/** Ids mean nothing to a model with another vocabulary. */
function requireOneVocabulary({ name, members }: Mixture): void {
  const [first, ...others] = members.map(({ model }) => model) as [LoadedModel, ...LoadedModel[]];
  const other = others.find((each) => !sameVocabulary(first, each));
  if (other === undefined) return;
  throw new AbacusError(
    "invalid_request",
    `Cannot score ids as the members of '${name}' have vocabularies of their own, in which an id is ` +
      `another token: received ids for '${first.name}' and '${other.name}'`,
  );
}

function sameVocabulary(one: LoadedModel, other: LoadedModel): boolean {
  const known = alike.get(one) ?? new WeakMap<LoadedModel, boolean>();
  alike.set(one, known);
  const same = known.get(other) ?? everyTokenAlike(one, other);
  known.set(other, same);
  return same;
}

function everyTokenAlike(one: LoadedModel, other: LoadedModel): boolean {
  const count = Math.max(one.dimensions.vocabulary, other.dimensions.vocabulary);
  for (let id = 0; id < count; id++) {
    if (one.tokenizer.tokenOf(id) !== other.tokenizer.tokenOf(id)) return false;
  }
  return true;
}

/** Kinds that no member is to blame for. */
const nobodys: ReadonlySet<string> = new Set(["cancelled", "deadline_exceeded"]);

/** The error with the member that it comes from. */
function named(error: AbacusError, { name }: Mixture, { model }: Member): AbacusError {
  if (nobodys.has(error.kind)) return error;
  const said = error.with({ message: `${error.message} (by '${model.name}', of '${name}')` });
  return error instanceof SampleError ? new SampleError(said, error.sample) : said;
}

function throwNamed(mixture: Mixture, member: Member) {
  return (error: unknown): never => {
    throw error instanceof AbacusError ? named(error, mixture, member) : error;
  };
}

/** What `work` returns; an error of ours that it throws names the member. */
function naming<Result>(mixture: Mixture, member: Member, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    return throwNamed(mixture, member)(error);
  }
}
