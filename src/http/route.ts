/**
 * Route: one thing that the server answers. The list of routes is the router, the documentation, the
 * `Allow` header, the list of what needs no key and the label of metrics, all at once.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import type { RequestIdVariables } from "hono/request-id";
import { RegExpRouter } from "hono/router/reg-exp-router";
import type { z } from "zod";
import type { ErrorKind } from "../errors.ts";
import { type ErrorForm, nativeErrors } from "./errors.ts";
import type { LoggedText } from "./logged_text.ts";
import type { ReachedRecord, ScoredRecord } from "./request_record.ts";
import type { ServeBindings } from "./serve.ts";

/** What handlers find in, and leave on, the context of a request. */
export interface AppEnv {
  /** Absent where a test calls the app without a socket. */
  Bindings: Partial<ServeBindings>;
  Variables: RequestIdVariables & {
    /** The path that was matched, for any method; absent where no route has it. */
    match?: PathMatch | undefined;
    /** How failures look, once a body tells which of the protocols of a path is spoken. */
    errors?: ErrorForm;
    /** The name of the key that was shown, where keys are asked for. */
    keyName?: string;
    /** The request's texts, where they are logged. */
    text?: readonly LoggedText[];
    /** Left by an answer that is an error. */
    errorKind?: ErrorKind;
    /** Left by an answer for which completions were scored. */
    scored?: ScoredRecord;
    /** Left by a request for scores that failed. */
    reached?: ReachedRecord;
  };
}

/** The app, with what its requests carry. */
export type App = Hono<AppEnv>;

/** A body that a route reads or answers with. */
export interface Content {
  readonly type: string;
  readonly schema?: z.ZodType;
  /** Content types of bytes that may stand in its place. @default none */
  readonly bytes?: readonly string[] | undefined;
}

/** One route, with what documentation says of it. */
export interface Route {
  readonly method: "GET" | "POST";
  /** A pattern, as in `/v2/models/:name/infer`. */
  readonly path: string;
  /** The headings it stands under. */
  readonly tags: readonly string[];
  readonly operationId: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** Whether it answers without the key. */
  readonly open: boolean;
  /** What may stand in the query string. */
  readonly query?: z.ZodObject | undefined;
  /** Headers that it reads besides those of HTTP itself. */
  readonly headers?: z.ZodObject | undefined;
  readonly request?: Content;
  /** What it answers where all is well. */
  readonly answer: Content & { readonly description: string };
  /** What a 503 with the same body means, where there is one. */
  readonly unready?: string;
  /** The kinds of failure it answers with, beside those that any route may have. */
  readonly failures: readonly ErrorKind[];
  /** How its failures look; of several protocols, the first's. @default nativeErrors */
  readonly errors?: ErrorForm;
  /** Forms of its failures once a body has told which of several protocols it is written in. @default none */
  readonly otherErrors?: readonly ErrorForm[];
  handle(context: Context<AppEnv>): Response | Promise<Response>;
}

/** What is known of a request's path, for any method. */
export interface PathMatch {
  /** The label of metrics: the pattern of the path, or what several paths share. */
  readonly pattern: string;
  /** The value of the `Allow` header. */
  readonly allow: string;
  /** Whether it answers without the key. */
  readonly open: boolean;
  readonly errors: ErrorForm;
}

/** What is matched of a route. */
export interface MatchedRoute extends Pick<Route, "method" | "path" | "open" | "errors"> {
  /** What metrics call it. @default its path */
  readonly label?: string;
}

/** Matches paths as Hono matches requests, but without a method: 405, the key and metrics need that. */
export class PathMatcher {
  readonly #router = new RegExpRouter<PathMatch>();

  constructor(routes: readonly MatchedRoute[]) {
    for (const [path, alike] of Map.groupBy(routes, ({ path }) => path)) {
      const methods = alike.flatMap(({ method }) => method === "GET" ? ["GET", "HEAD"] : [method]);
      this.#router.add("ALL", path, {
        pattern: alike[0]?.label ?? path,
        allow: [...methods, "OPTIONS"].join(", "),
        open: alike.some(({ open }) => open),
        errors: alike.find(({ errors }) => errors !== undefined)?.errors ?? nativeErrors,
      });
    }
  }

  /** @returns undefined where no route has the path */
  match(path: string): PathMatch | undefined {
    const [[first] = []] = this.#router.match("ALL", path);
    return first?.[0];
  }
}
