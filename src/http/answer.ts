/**
 * The answer to a request for scores in any protocol: limits, lifetime, scoring and the record of it,
 * in reading order.
 *
 * @module
 */

import type { Context } from "hono";
import type { z } from "zod";
import type { Clock } from "../batch/clock.ts";
import { AbacusError, type ErrorKind } from "../errors.ts";
import type { WireLimits } from "../wire/limits.ts";
import { parseWire } from "../wire/parse.ts";
import { readJson } from "./body.ts";
import type { Protocol, ProtocolRequest } from "./protocols/protocol.ts";
import { scoredRecord } from "./request_record.ts";
import { RequestScope } from "./request_scope.ts";
import type { AppEnv, Route } from "./route.ts";
import type { Backend, ServedModels } from "./backend.ts";

/** What an answer takes in any protocol. */
export interface AnswerOptions {
  readonly backend: Backend;
  readonly limits: WireLimits;
  readonly maxBodyBytes: number;
  /** 0 for no deadline. */
  readonly deadlineMs: number;
  readonly clock: Clock;
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

/** The routes of a protocol. */
export function protocolRoutes(protocol: Protocol, options: AnswerOptions): Route[] {
  const schema = protocol.requestSchema(options.limits);
  const reply = protocol.replySchema();
  const scoring = protocol.routes.map(({ answered, ...route }): Route => ({
    ...route,
    method: "POST",
    tag: protocol.name,
    open: false,
    request: { type: "application/json", schema },
    answer: { type: "application/json", schema: reply, description: answered },
    failures,
    errors: protocol,
    handle: (context) => answer(context, protocol, { ...options, schema }),
  }));
  const facts = protocol.facts?.(options) ?? [];
  return [
    ...scoring,
    ...facts.map((route) => ({ ...route, tag: protocol.name, errors: protocol })),
  ];
}

interface Answering extends AnswerOptions {
  readonly schema: z.ZodType;
}

async function answer(
  context: Context<AppEnv>,
  protocol: Protocol,
  options: Answering,
): Promise<Response> {
  // First, so that no body is read by a server that could not answer.
  const models = options.backend.require();
  const { deadlineMs, clock } = options;
  const cutoff = context.env?.cutoff;
  using scope = new RequestScope({ caller: context.req.raw.signal, cutoff, deadlineMs, clock });
  const asked = { protocol, models, ...options, signal: scope.signal };
  return context.json(await scope.race(replyTo(context, asked)));
}

/** The body of the reply; leaves the record of what was scored on the context. */
async function replyTo(
  context: Context<AppEnv>,
  { protocol, models, schema, maxBodyBytes, signal }: Answering & Asked,
): Promise<object | number> {
  const { checkHeaders } = protocol;
  const json = await readJson(context.req.raw, { maxBytes: maxBodyBytes, signal, checkHeaders });
  const request = new ParsedRequest(parseWire(schema, json), context);
  const { model: name, place, ...samples } = protocol.toSamples(request);
  const { scorer, model } = models.find(name);
  const scored = await scorer.score(samples, { signal }).catch((error) => {
    throw error instanceof AbacusError ? place(error) : error;
  });
  const served = { requestId: context.get("requestId"), model: model.name };
  const reply = protocol.fromScored(scored, request, served);
  context.set("scored", scoredRecord(scored, model.name));
  return reply;
}

interface Asked {
  readonly protocol: Protocol;
  readonly models: ServedModels;
  readonly signal: AbortSignal;
}

/** Most protocols do not read the URL, so it is taken apart for those that do. */
class ParsedRequest implements ProtocolRequest<unknown> {
  readonly #context: Context<AppEnv>;

  constructor(readonly body: unknown, context: Context<AppEnv>) {
    this.#context = context;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#context.req.param();
  }

  get query(): Readonly<Record<string, string>> {
    return this.#context.req.query();
  }
}
