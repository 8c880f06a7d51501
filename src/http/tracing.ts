/**
 * Tracing: what a trace has of a request. Deno itself traces requests and sends the traces where the variables
 * of OpenTelemetry say (`OTEL_DENO=true`); here its span of a request gets the names of the server's terms and
 * a span below it for each stage. They are made of the record of the answered request, so that nothing that
 * scores knows of them, and without tracing nothing is made.
 *
 * @module
 */

import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { type RequestRecord, type ScoredRecord, type Stage, stages } from "./request_record.ts";

/** Deno's span of the request that is being answered; undefined where nothing is traced. */
export function serverSpan(): Span | undefined {
  return trace.getActiveSpan();
}

/**
 * Describes an answered request in its span, and adds a span for each of its stages. Of a request that failed
 * they are those that it came to: the last has the error. The span of the request itself has it where the
 * failure is the server's, as OpenTelemetry's conventions want.
 */
export function traceRequest(span: Span, record: RequestRecord): void {
  const { method, route, status, kind, requestId, keyName } = record;
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    "http.route": route,
    "abacus.request_id": requestId,
    ...(keyName === undefined ? {} : { "abacus.key": keyName }),
    ...errorOf(record),
    ...attributesOf(record),
  });
  if (kind !== undefined && status >= 500) fail(span, kind);
  addStages(span, record);
}

function addStages(span: Span, record: RequestRecord): void {
  const tracer = trace.getTracer("abacus");
  const below = trace.setSpan(ROOT_CONTEXT, span);
  const attributes = attributesOf(record);
  const places = placesOf(record);
  for (const [at, [name, { startMs, endMs }]] of places.entries()) {
    const stage = tracer.startSpan(name, { startTime: startMs, attributes }, below);
    if (record.kind !== undefined && at === places.length - 1) {
      stage.setAttributes(errorOf(record));
      fail(stage, record.kind);
    }
    stage.end(endMs);
  }
}

function fail(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function errorOf({ kind }: RequestRecord): Attributes {
  return kind === undefined ? {} : { "error.type": kind };
}

function attributesOf({ scored, reached }: RequestRecord): Attributes {
  if (scored === undefined) {
    return reached?.model === undefined ? {} : { "abacus.model": reached.model };
  }
  return {
    "abacus.model": scored.model,
    "abacus.items": scored.completions,
    "abacus.tokens": scored.tokens,
    "abacus.computed_tokens": scored.computedTokens,
  };
}

interface Place {
  /** In milliseconds since 1970, as is the end. */
  readonly startMs: number;
  readonly endMs: number;
}

/** When each stage was; nothing where a request had none. */
function placesOf(record: RequestRecord): readonly (readonly [Stage, Place])[] {
  const { scored, reached } = record;
  if (scored !== undefined) return placesOfScored(record, scored);
  const endsMs = record.time.getTime();
  const took = stages.flatMap((name) => {
    const ms = reached?.stages[name];
    return ms === undefined ? [] : [[name, ms] as const];
  });
  // One after the other, and the last ends with the request.
  let startMs = endsMs - took.reduce((sum, [, ms]) => sum + ms, 0);
  return took.map(([name, ms]) => [name, { startMs, endMs: startMs += ms }]);
}

/**
 * Reading, tokenising and waiting follow upon each other from the start, writing and credit end with the
 * request, and what the model computed lies before credit: a request of several batches waits for some of them
 * while others run, so that the two may overlap.
 */
function placesOfScored({ time, seconds }: RequestRecord, scored: ScoredRecord): [Stage, Place][] {
  const endsMs = time.getTime();
  const startsMs = endsMs - seconds * 1000;
  const took = scored.stages;
  const queueMs = startsMs + took.read + took.tokenize;
  const creditMs = endsMs - took.write - took.credit;
  const starts: Readonly<Record<Stage, number>> = {
    read: startsMs,
    tokenize: startsMs + took.read,
    queue: queueMs,
    inference: Math.max(queueMs, creditMs - took.inference),
    credit: creditMs,
    write: endsMs - took.write,
  };
  return stages.map((name) => {
    const startMs = starts[name];
    return [name, { startMs, endMs: Math.min(endsMs, startMs + took[name]) }];
  });
}
