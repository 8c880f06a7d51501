/**
 * The OpenAPI document, derived from the list of routes and the zod schemas they name: nothing in it
 * is written twice.
 *
 * @module
 */

import { z } from "zod";
import type { ErrorKind } from "../errors.ts";
import { type ErrorForm, followsOverloadStatus, nativeErrors, statusOf } from "./errors.ts";
import type { Content, Route } from "./route.ts";

/** A JSON object whose shape OpenAPI defines. */
export type JsonObject = { [key: string]: unknown };

/** The document, as far as this server's own code reads it. */
export interface OpenApiDocument extends JsonObject {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> } & JsonObject;
}

/** What any route may fail with. */
const anywhere: readonly ErrorKind[] = ["model_failure"];

/** Options of {@linkcode openApiDocument}. */
export interface OpenApiOptions {
  readonly version: string;
  /** Whether the server asks for its key. */
  readonly keyed: boolean;
  /** Where it answers too many requests by another status than it says of itself (503). */
  readonly overloadStatus?: number;
}

/** Describes `routes` in OpenAPI 3.1. */
export function openApiDocument(
  routes: readonly Route[],
  { version, keyed, overloadStatus = statusOf.overloaded }: OpenApiOptions,
): OpenApiDocument {
  const schemas = new SchemaShelf();
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    const operation = operationOf(route, { schemas, keyed, overloadStatus });
    const path = route.path.replaceAll(parameter, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Abacus",
      version,
      description: "Scores of a reward model, and a reward for every token.",
    },
    servers: [{ url: "/" }],
    paths,
    components: { schemas: schemas.all, ...(keyed ? { securitySchemes } : {}) },
  };
}

/** A parameter in a pattern of a path, as in `:name`. */
const parameter = /:(\w+)/g;

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer" },
  basic: { type: "http", scheme: "basic", description: "Any user name, the key as password." },
};

function operationOf(
  route: Route,
  { schemas, keyed, overloadStatus }: {
    schemas: SchemaShelf;
    keyed: boolean;
    overloadStatus: number;
  },
): JsonObject {
  const { tags, operationId, summary, description, request, open } = route;
  const locked = keyed && !open;
  return {
    operationId,
    tags,
    summary,
    ...(description === undefined ? {} : { description }),
    ...parametersOf(route),
    ...(request === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(request, schemas) } }),
    responses: responsesOf(route, { schemas, locked, overloadStatus }),
    ...(locked ? { security: [{ bearer: [] }, { basic: [] }] } : {}),
  };
}

/** The parameters of the path, then those of the query string, then headers. */
function parametersOf({ path, query, headers }: Route): JsonObject {
  const inPath = [...path.matchAll(parameter)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const parameters = [...inPath, ...optional("query", query), ...optional("header", headers)];
  return parameters.length === 0 ? {} : { parameters };
}

/** A parameter for each field; none must be given. */
function optional(place: "query" | "header", fields: z.ZodObject | undefined): JsonObject[] {
  if (fields === undefined) return [];
  const { properties = {} } = z.toJSONSchema(fields, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as JsonObject;
    return { name, in: place, description, schema: rest };
  });
}

interface Documented {
  readonly schemas: SchemaShelf;
  readonly locked: boolean;
  readonly overloadStatus: number;
}

function responsesOf(route: Route, documented: Documented): JsonObject {
  const { answer, unready, errors = nativeErrors, otherErrors = [] } = route;
  const content = contentOf(answer, documented.schemas);
  const responses: JsonObject = { 200: { description: answer.description, headers, content } };
  if (unready !== undefined) responses[503] = { description: unready, headers, content };
  const failures = [errors, ...otherErrors].flatMap((form) => failuresOf(route, form, documented));
  for (const [status, alike] of Map.groupBy(failures, ({ status }) => status)) {
    responses[status] = failureResponse(alike, documented.schemas);
  }
  return responses;
}

/** A kind of failure as one protocol says it. */
interface Failure {
  readonly status: number;
  readonly kind: ErrorKind;
  readonly form: ErrorForm;
}

function failuresOf({ failures }: Route, form: ErrorForm, documented: Documented): Failure[] {
  const { locked, overloadStatus } = documented;
  const kinds = [...failures, ...anywhere, ...(locked ? ["unauthorized"] as const : [])];
  const { unready, empty } = form.statusOfCase ?? {};
  const others: readonly [ErrorKind, number | undefined][] = [
    ["overloaded", unready],
    ["overloaded", followsOverloadStatus(form) ? overloadStatus : undefined],
    ["invalid_request", empty],
  ];
  return [
    ...kinds.map((kind) => ({ status: form.statusOf[kind], kind, form })),
    ...others.flatMap(([kind, status]) =>
      status === undefined || !failures.includes(kind) ? [] : [{ status, kind, form }]
    ),
  ];
}

function failureResponse(failures: readonly Failure[], schemas: SchemaShelf): JsonObject {
  const kinds = new Set(failures.map(({ kind }) => kind));
  const forms = [...new Set(failures.map(({ form }) => form.errorSchema))];
  const [first, ...others] = forms.map((errorSchema) => errorSchema());
  const schema = others.length === 0 ? first! : z.union([first!, ...others]);
  return {
    description: `A failure of kind ${[...kinds].join(" or ")}`,
    headers: { ...headers, ...(kinds.has("overloaded") ? retryHeader : {}) },
    content: contentOf({ type: "application/json", schema }, schemas),
  };
}

const headers = {
  "X-Request-Id": {
    description: "The caller's own id for the request where it sent one, else a new one.",
    schema: { type: "string" },
  },
};

const retryHeader = {
  "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } },
};

function contentOf({ type, schema, bytes = [] }: Content, schemas: SchemaShelf): JsonObject {
  return {
    [type]: { schema: schema === undefined ? { type: "string" } : schemas.put(schema) },
    // OpenAPI 3.1 has no schema for bytes as they are.
    ...Object.fromEntries(bytes.map((type) => [type, {}])),
  };
}

/** Collects named schemas in one place, as `components` wants them. */
class SchemaShelf {
  readonly #named: Record<string, JsonObject> = {};

  get all(): Readonly<Record<string, JsonObject>> {
    return this.#named;
  }

  /** @returns the schema in JSON, its named parts as references to the shelf */
  put(schema: z.ZodType): JsonObject {
    // "input" leaves objects open that zod only strips, as replies are: they may grow.
    const json = relocated(z.toJSONSchema(schema, { io: "input" }));
    const { $schema: _, $defs = {}, ...rest } = json;
    Object.assign(this.#named, $defs);
    return rest;
  }
}

const ownDefinitions = "#/$defs/";

/**
 * The same value, its references moved from a schema's own definitions to the document's, and pairs of equal kinds
 * written as lists of two: fewer tools know `prefixItems`.
 */
function relocated(json: object): JsonObject {
  return JSON.parse(JSON.stringify(json), (key, value) => {
    if (key === "$ref" && typeof value === "string" && value.startsWith(ownDefinitions)) {
      return `#/components/schemas/${value.slice(ownDefinitions.length)}`;
    }
    return Array.isArray(value?.prefixItems) ? listOfTwo(value) : value;
  });
}

function listOfTwo({ prefixItems, ...rest }: { prefixItems: readonly unknown[] }): JsonObject {
  const [items, ...others] = prefixItems;
  const same = others.every((other) => JSON.stringify(other) === JSON.stringify(items));
  return same ? { ...rest, items } : { ...rest, prefixItems };
}
