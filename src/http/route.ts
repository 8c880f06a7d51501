/**
 * Route: one thing that the server answers. The list of routes is the router, the documentation, the
 * `Allow` header, the list of what needs no key and the label of metrics, all at once.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import type { RequestIdVariables } from "hono/request-id";
import type { z } from "zod";
import type { ErrorKind } from "../errors.ts";
import type { RewardRecord } from "./reward_record.ts";
import type { ServeBindings } from "./serve.ts";

/** What handlers find in, and leave on, the context of a request. */
export interface AppEnv {
  /** Absent where a test calls the app without a socket. */
  Bindings: Partial<ServeBindings>;
  Variables: RequestIdVariables & {
    /** Left by whoever answers with an error. */
    errorKind?: ErrorKind;
    /** Left by whoever answers with rewards. */
    record?: RewardRecord;
  };
}

/** The app, with what its requests carry. */
export type App = Hono<AppEnv>;

/** A body that a route reads or answers with. */
export interface Content {
  readonly type: string;
  readonly schema?: z.ZodType;
}

/** One route, with what documentation says of it. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The heading it stands under. */
  readonly tag: "rewards" | "server" | "documentation";
  readonly operationId: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** Whether it answers without the key. */
  readonly open: boolean;
  readonly request?: Content;
  /** What it answers where all is well. */
  readonly answer: Content & { readonly description: string };
  /** What a 503 with the same body means, where there is one. */
  readonly unready?: string;
  /** The kinds of failure it answers with, beside those that any route may have. */
  readonly failures: readonly ErrorKind[];
  handle(context: Context<AppEnv>): Response | Promise<Response>;
}
