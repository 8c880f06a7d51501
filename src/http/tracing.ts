/**
 * Tracing: what a trace has of a request. Deno itself traces requests and sends the traces where the variables
 * of OpenTelemetry say (`OTEL_DENO=true`); here its span of a request gets the names of the server's terms and
 * a span below it for each stage. They are made of the record of the answered request, so that nothing that
 * scores knows of them, and without tracing nothing is made.
 *
 * @module
 */

import { ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { type RequestRecord, type ScoredRecord, type Stage, stages } from "./request_record.ts";

/** Deno's span of the request that is being answered; undefined where nothing is traced. */
export function serverSpan(): Span | undefined {
  return trace.getActiveSpan();
}

/** Describes an answered request in its span, and adds a span for each of its stages. */
export function traceRequest(span: Span, record: RequestRecord): void {
  const { method, route, kind, requestId, keyName, scored } = record;
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    "http.route": route,
    "abacus.request_id": requestId,
    ...(keyName === undefined ? {} : { "abacus.key": keyName }),
    ...(kind === undefined ? {} : { "error.type": kind }),
  });
  if (scored === undefined) return;
  const attributes = attributesOf(scored);
  span.setAttributes(attributes);
  const tracer = trace.getTracer("abacus");
  const below = trace.setSpan(ROOT_CONTEXT, span);
  for (const [name, { startMs, endMs }] of placesOf(record, scored)) {
    tracer.startSpan(name, { startTime: startMs, attributes }, below).end(endMs);
  }
}

function attributesOf({ model, completions, tokens, computedTokens }: ScoredRecord) {
  return {
    "abacus.model": model,
    "abacus.items": completions,
    "abacus.tokens": tokens,
    "abacus.computed_tokens": computedTokens,
  };
}

interface Place {
  /** In milliseconds since 1970, as is the end. */
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * When each stage was. Reading, tokenising and waiting follow upon each other from the start, writing and
 * credit end with the request, and what the model computed lies before credit: a request of several batches
 * waits for some of them while others run, so that the two may overlap.
 */
function placesOf({ time, seconds }: RequestRecord, scored: ScoredRecord): [Stage, Place][] {
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
