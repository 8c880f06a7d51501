/**
 * The answer to a request for scores in any protocol: limits, lifetime, scoring and the record of it,
 * in reading order.
 *
 * @module
 */

import type { Context } from "hono";
import { z } from "zod";
import type { Clock } from "../batch/clock.ts";
import { AbacusError, type ErrorKind } from "../errors.ts";
import type { WireLimits } from "../wire/limits.ts";
import { describe } from "../wire/explain.ts";
import { parseWire } from "../wire/parse.ts";
import { readJson } from "./body.ts";
import { BodyBudget, type BodyShare } from "./body_budget.ts";
import { BytesReply } from "./bytes_reply.ts";
import { deadlineHeaders, deadlineOf } from "./deadline.ts";
import { loggedText } from "./logged_text.ts";
import { ParsedRequest } from "./parsed_request.ts";
import type { Protocol, ScoringRoute } from "./protocols/protocol.ts";
import { scoredRecord } from "./request_record.ts";
import { RequestScope } from "./request_scope.ts";
import type { AppEnv, Route } from "./route.ts";
import { StageWatch } from "./stage_watch.ts";
import type { Backend, ServedModels } from "./backend.ts";

/** What an answer takes in any protocol. */
export interface AnswerOptions {
  readonly backend: Backend;
  readonly limits: WireLimits;
  readonly maxBodyBytes: number;
  /** Of all requests at once; a body within `maxBodyBytes` is read however small this is. */
  readonly maxBodiesBytes: number;
  /** 0 for no deadline. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Whether the log has the texts of requests. */
  readonly logText: boolean;
  /** The release, which facts of protocols state. */
  readonly version: string;
}

/** What a request for scores may fail with. */
const failures: readonly ErrorKind[] = [
  "invalid_request",
  "unknown_model",
  "unsupported_media_type",
  "too_large",
  "too_long",
  "overloaded",
  "deadline_exceeded",
  "cancelled",
  "model_failure",
];

/** The routes of protocols: one for every path, however many of them have it. */
export function protocolRoutes(protocols: readonly Protocol[], options: AnswerOptions): Route[] {
  const { maxBodiesBytes, maxBodyBytes } = options;
  const bodies = new BodyBudget(Math.max(maxBodiesBytes, maxBodyBytes));
  const dialects = protocols.flatMap((protocol) => {
    const schema = protocol.requestSchema(options.limits);
    const reply = protocol.replySchema();
    return protocol.routes.map((route): Dialect => ({ protocol, route, schema, reply }));
  });
  const scoring = [...Map.groupBy(dialects, ({ route }) => route.path).values()]
    .map((alike) => routeOf(alike, { ...options, bodies }));
  const facts = protocols.flatMap((protocol) =>
    (protocol.facts?.(options) ?? [])
      .map((route) => ({ ...route, tags: [protocol.name], errors: protocol }))
  );
  return [...scoring, ...facts];
}

/** A protocol at one of its routes. */
interface Dialect {
  readonly protocol: Protocol;
  readonly route: ScoringRoute;
  readonly schema: z.ZodType;
  readonly reply: z.ZodType;
}

/** The route of a path that some protocols have. */
function routeOf(
  dialects: readonly Dialect[],
  options: AnswerOptions & { bodies: BodyBudget },
): Route {
  const [{ protocol, route: { answered, bytes, ...first } }, ...others] = dialects as [Dialect];
  const each = (schemas: readonly z.ZodType[]) =>
    others.length === 0 ? schemas[0]! : z.union(schemas);
  const summaries = dialects.map(({ route }) => route.summary);
  return {
    ...first,
    summary: [...new Set(summaries)].join("; or: "),
    description: dialects.flatMap(({ route }) => route.description ?? []).join("\n\n"),
    method: "POST",
    headers: deadlineHeaders,
    tags: dialects.map(({ protocol }) => protocol.name),
    open: false,
    request: {
      type: "application/json",
      schema: each(dialects.map(({ schema }) => schema)),
      bytes: bytes?.request,
    },
    answer: {
      type: "application/json",
      bytes: bytes?.answer,
      schema: each(dialects.map(({ reply }) => reply)),
      description: answered,
    },
    failures,
    errors: protocol,
    otherErrors: others.map(({ protocol }) => protocol),
    handle: (context) => answer(context, { ...options, dialects }),
  };
}

/** What answering at one path takes. */
interface Answering extends AnswerOptions {
  readonly bodies: BodyBudget;
  readonly dialects: readonly Dialect[];
}

async function answer(context: Context<AppEnv>, options: Answering): Promise<Response> {
  // First, so that no body is read by a server that could not answer. Where protocols share a path only the
  // body tells in whose words it must be refused; then the scorer does it.
  const { backend, dialects } = options;
  const models = dialects.length > 1 ? backend.require() : backend.requirePlace();
  const { clock } = options;
  const { signal: caller, headers } = context.req.raw;
  const deadlineMs = deadlineOf(headers, options.deadlineMs);
  using share = options.bodies.share();
  using scope = new RequestScope({ caller, cutoff: context.env?.cutoff, deadlineMs, clock });
  const reached: Asked["reached"] = { watch: new StageWatch(clock), model: undefined };
  const asked = { models, ...options, scope, share, reached };
  try {
    return await scope.race(replyTo(context, asked));
  } catch (error) {
    context.set("reached", { model: reached.model, stages: reached.watch.stages });
    throw error;
  }
}

/** The reply; leaves the record of what was scored on the context. */
async function replyTo(
  context: Context<AppEnv>,
  { dialects, models, maxBodyBytes, scope, share: { claim }, reached, ...options }:
    & Answering
    & Asked,
): Promise<Response> {
  const { logText } = options;
  const { watch } = reached;
  const onStage = watch.begin.bind(watch);
  onStage("read");
  const [{ protocol: { checkHeaders, parseBody: parse } }] = dialects as [Dialect];
  const { signal } = scope;
  const read = { maxBytes: maxBodyBytes, signal, claim, checkHeaders, parse };
  const json = await readJson(context.req.raw, read);
  const found = spoken(dialects, json);
  const [{ protocol, schema }] = found;
  context.set("errors", protocol);
  requireOneProtocol(found, json);
  const request = new ParsedRequest(parseWire(schema, json), context);
  const { model: name, withinMs = Infinity, place, ...samples } = protocol.toSamples(request);
  scope.endWithin(withinMs);
  const { scorer, model } = models.find(name);
  reached.model = model.name;
  if (logText) context.set("text", loggedText(samples.samples));
  const { read: readMs = 0 } = watch.stages;
  const ends = { signal, deadlineMs: scope.leftMs, onStage };
  const scored = await scorer.score(samples, ends).catch((error) => {
    throw error instanceof AbacusError ? place(error) : error;
  });
  const served = {
    requestId: context.get("requestId"),
    model: model.name,
    device: scorer.facts.device,
    scoreRule: scorer.facts.scoreRule,
    labels: scorer.facts.labels,
  };
  onStage("write");
  const reply = protocol.fromScored(scored, request, served);
  for (const [name, value] of Object.entries(protocol.headers?.(scored, request, served) ?? {})) {
    context.header(name, value);
  }
  const response = reply instanceof BytesReply
    ? context.body(reply.bytes, 200, { ...reply.headers })
    : context.json(reply);
  const { write: writeMs = 0 } = watch.stages;
  context.set("scored", scoredRecord(scored, { model: model.name, readMs, writeMs }));
  return response;
}

/** The protocols that a body is written in; the first of all where it is in none. */
function spoken(dialects: readonly Dialect[], json: unknown): [Dialect, ...Dialect[]] {
  const [first = dialects[0]!, ...others] = dialects
    .filter(({ protocol }) => protocol.speaks?.(json) ?? true);
  return [first, ...others];
}

/** A body in the words of several protocols has an input of each, of which one only would be scored. */
function requireOneProtocol([first, other]: readonly Dialect[], json: unknown): void {
  if (first === undefined || other === undefined) return;
  const [one, two] = [first.protocol.name, other.protocol.name];
  throw new AbacusError(
    "invalid_request",
    `Cannot read the request as it must hold one input, and not those of ${one} and of ${two}: ` +
      `received ${describe(json)}`,
  );
}

/** What one request holds while it is answered. */
interface Asked {
  readonly models: ServedModels;
  readonly scope: RequestScope;
  readonly share: BodyShare;
  /** How far the request has come. */
  readonly reached: { readonly watch: StageWatch; model: string | undefined };
}
