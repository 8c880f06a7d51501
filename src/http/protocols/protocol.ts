/**
 * Protocol: one way of asking for scores over HTTP, which is that of Abacus or of another server whose
 * clients are to be served. A protocol is one file that translates: requests to samples, scored samples
 * to replies, errors to bodies. Limits, deadlines, the key, scoring and metrics are the same for all
 * (`../answer.ts`), and so are raw scores: no protocol changes a number.
 *
 * docs/adding-a-protocol.md explains how to add one.
 *
 * @module
 */

import { z } from "zod";
import type { AbacusError } from "../../errors.ts";
import { SampleError, type Scored, type ScoreRequest } from "../../scorer/scored.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { closeField, creditFields, truncateField } from "../../wire/request.ts";
import { unitTextField } from "../../wire/unit_field.ts";
import type { ErrorForm } from "../errors.ts";
import type { Route } from "../route.ts";
import type { Backend } from "../backend.ts";

/** A route at which a protocol is asked for scores. */
export type ScoringRoute =
  & Pick<Route, "path" | "operationId" | "summary" | "description" | "query">
  & {
    /** What a good answer holds, in one line. */
    readonly answered: string;
    /** Content types that its body and its answer may have beside JSON. @default none */
    readonly bytes?: { readonly request?: readonly string[]; readonly answer?: readonly string[] };
  };

/** A route that scores nothing, such as health in the peer's words. */
export type FactRoute = Omit<Route, "tags" | "errors">;

/** A request as a protocol finds it. */
export interface ProtocolRequest<Body> {
  /** As the protocol's schema has read it. */
  readonly body: Body;
  /** Values of the path's pattern, such as `name`. */
  readonly params: Readonly<Record<string, string>>;
  /** The query string. */
  readonly query: Readonly<Record<string, string>>;
}

/** What a request asks for, in the scorer's terms. */
export interface SamplesRequest extends ScoreRequest {
  /** The name of the model; the default one where it is absent. */
  readonly model?: string | undefined;
  /** Milliseconds that an answer is worth waiting for, where the body says so. @default the server's limit */
  readonly withinMs?: number | undefined;
  /** The scorer's error with its path made one of the request, as by {@linkcode placedAt}. */
  place(error: AbacusError): AbacusError;
}

/** What a reply may hold beside what was scored. */
interface Served {
  readonly requestId: string;
  /** The name of the model that scored. */
  readonly model: string;
  /** What the model runs on, e.g. `cpu`. */
  readonly device: string;
  /** What the score is, as in `LABEL_1 - LABEL_0`. */
  readonly scoreRule: string;
  /** How many labels its head has. */
  readonly labels: number;
}

/** What routes that score nothing are made from. */
export interface ServerFacts {
  readonly backend: Backend;
  readonly version: string;
  readonly limits: WireLimits;
}

/** One way of asking for scores. */
export interface Protocol<Body = unknown> extends ErrorForm {
  /** The peer's name, which is its heading in the documentation. */
  readonly name: string;
  readonly routes: readonly ScoringRoute[];
  /** Routes beside those. */
  facts?(server: ServerFacts): readonly FactRoute[];
  /**
   * Whether a body is one of its own, right or wrong, where its path is that of other protocols too. A body
   * of which several say so is refused. @default every body is
   */
  speaks?(body: unknown): boolean;
  /** Refuses bodies by their headers. @default what is not JSON by its content type is refused */
  checkHeaders?(headers: Headers): void;
  /** What the bytes of a body say. @default they are JSON */
  parseBody?(bytes: Uint8Array, headers: Headers): unknown;
  requestSchema(limits: WireLimits): z.ZodType<Body>;
  replySchema(): z.ZodType;
  /** @throws {AbacusError} where a request that its schema accepts asks for what cannot be */
  toSamples(request: ProtocolRequest<Body>): SamplesRequest;
  /**
   * The body of the reply. Token rewards never stand where a client expects one number per sample.
   *
   * @returns an object for JSON, unless the peer's clients expect a list, a bare number or bytes
   * ({@linkcode BytesReply})
   * @throws {AbacusError} `model_failure` where a number cannot be written
   */
  fromScored(scored: Scored, request: ProtocolRequest<Body>, served: Served): object | number;
  /** Headers that the peer's clients or their dashboards read. @default none beside everyone's */
  headers?(scored: Scored, request: ProtocolRequest<Body>, served: Served): Record<string, string>;
}

/** An error about a sample with the path that `pathOf` gives; any other without one. */
export function placedAt(error: AbacusError, pathOf: (sample: number) => string): AbacusError {
  return error.with({ path: error instanceof SampleError ? pathOf(error.sample) : undefined });
}

/** How to score, for the URL or the parameters of protocols that have no fields for it. */
export function scoreFields() {
  const credit = { ...creditFields(orItsText), unit: unitTextField() };
  return { ...credit, truncate: truncateField(), close: closeField() };
}

/** A decimal number; an empty text is none, and JavaScript would read it as 0. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function orItsText(number: z.ZodNumber): z.ZodType<number, number> {
  const read = (value: unknown) =>
    typeof value === "string" && decimal.test(value) ? Number(value) : value;
  // As the input of the type of requests, what comes before the reading would be unknown.
  return z.preprocess(read, number) as unknown as z.ZodType<number, number>;
}
