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
import type { Backend } from "./backend.ts";

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

async function answer(
  context: Context<AppEnv>,
  protocol: Protocol,
  { backend, schema, maxBodyBytes, deadlineMs, clock }: AnswerOptions & { schema: z.ZodType },
): Promise<Response> {
  // First, so that no body is read by a server that could not answer.
  const models = backend.require();
  const { raw } = context.req;
  const cutoff = context.env?.cutoff;
  using scope = new RequestScope({ caller: raw.signal, cutoff, deadlineMs, clock });
  const { signal } = scope;
  const json = await readJson(raw, {
    maxBytes: maxBodyBytes,
    signal,
    checkHeaders: protocol.checkHeaders,
  });
  const request: ProtocolRequest<unknown> = {
    body: parseWire(schema, json),
    params: context.req.param(),
    query: context.req.query(),
  };
  const asked = protocol.toSamples(request);
  const { scorer, model } = models.find(asked.model);
  const scoring = scorer.score(asked, { signal }).catch((error) => {
    throw error instanceof AbacusError ? asked.place(error) : error;
  });
  const scored = await scope.race(scoring);
  const served = { requestId: context.get("requestId"), model: model.name };
  const reply = protocol.fromScored(scored, request, served);
  context.set("scored", scoredRecord(scored, model.name));
  return context.json(reply);
}
