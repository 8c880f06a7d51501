/**
 * The routes of the documentation: the OpenAPI document, and the same as a page for people. Plain HTML
 * without scripts, in the style of the page, so that it works where no other host can be reached.
 *
 * @module
 */

import { html, raw } from "hono/html";
import { wireErrorKinds } from "../wire/error.ts";
import { exampleOf, schemaList } from "./docs_schema.ts";
import { statusOf } from "./errors.ts";
import { once } from "../once.ts";
import type { JsonObject, OpenApiDocument } from "./openapi.ts";
import type { Route } from "./route.ts";

type Markup = ReturnType<typeof html>;

/** An operation as the document has it. */
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: unknown;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { description: string; content: Content }>>;
}

/** A value in the path, the query string or a header. */
interface Parameter {
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonObject;
}

/** Bodies by their content type: the first is shown, and bytes come behind JSON. */
type Content = Readonly<Record<string, { readonly schema: JsonObject }>>;

/** An operation and where it stands. */
interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The tags of routes, as a reader knows what they group. */
const headings: Readonly<Record<string, string>> = {
  server: "The server",
  documentation: "Documentation",
};

/** `GET /openapi.json` and `GET /docs`. @param document asked at the first request */
export function documentationRoutes(document: () => OpenApiDocument): readonly Route[] {
  const made = once(document);
  return [{
    method: "GET",
    path: "/openapi.json",
    tags: ["documentation"],
    operationId: "getOpenApi",
    summary: "This API as an OpenAPI 3.1 document",
    open: true,
    answer: { type: "application/json", description: "The document" },
    failures: [],
    handle: (context) => context.json(made()),
  }, {
    method: "GET",
    path: "/docs",
    tags: ["documentation"],
    operationId: "getDocs",
    summary: "This API as a page",
    open: true,
    answer: { type: "text/html", description: "The page" },
    failures: [],
    handle: async (context) => context.html(await docsPage(made())),
  }];
}

/** The page of a document. */
export function docsPage(document: OpenApiDocument): Markup {
  const entries = entriesOf(document);
  const tagged = entries.flatMap((entry) => entry.operation.tags.map((tag) => ({ tag, entry })));
  const sections = [...Map.groupBy(tagged, ({ tag }) => tag)]
    .map(([tag, list]) => [tag, list.map(({ entry }) => entry)] as const);
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${document.info.title} API</title>
        <link rel="icon" href="page/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="page/theme.css">
        <link rel="stylesheet" href="page/docs.css">
      </head>
      <body>
        <header class="top">
          <a class="brand"
            href="."><img src="page/icon.svg" alt="" width="26" height="26"> ${document.info
              .title}</a>
          <a href="openapi.json">OpenAPI document</a>
        </header>
        <main>
          <h1>API</h1>
          <p class="lead">${document.info.description} Version ${document.info.version}.</p>
          ${sections.map(([tag, list]) => section(tag, { entries: list, document }))}
          ${errors(document)}
        </main>
      </body>
    </html>
  `;
}

/** Operations in the order of the document, which is that of the list of routes. */
function entriesOf(document: OpenApiDocument): Entry[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      // The document was built by openapi.ts, whose operations have this shape.
      operation: operation as unknown as Operation,
    }))
  );
}

interface SectionOptions {
  readonly entries: readonly Entry[];
  readonly document: OpenApiDocument;
}

/** The routes under one heading. */
function section(tag: string, { entries, document }: SectionOptions): Markup {
  return html`<section>
    <h2>${headings[tag] ?? tag}</h2>
    ${entries.map((entry) => article(entry, document))}
  </section>`;
}

/** One route: what it does, what it reads, and all it answers with. */
function article({ method, path, operation }: Entry, document: OpenApiDocument): Markup {
  const { summary, description, parameters, requestBody, responses, security } = operation;
  const request = Object.entries(requestBody?.content ?? {})[0];
  return html`<article id="${method.toLowerCase()}${path.replaceAll("/", "-")}">
    <h3><code><b>${method}</b> ${path}</code></h3>
    <p>${summary}.${description === undefined ? "" : ` ${description}`}</p>
    ${
    security === undefined
      ? ""
      : html`<p class="note">Asks for the key: <code>Authorization: Bearer KEY</code></p>`
  }
    ${parameters === undefined ? "" : parameterList(parameters, document)}
    ${request === undefined ? "" : body("Request", { content: request, document })}
    ${
    Object.entries(responses).map(([status, { description, content }]) => {
      const answer = Object.entries(content)[0];
      // All other answers are errors, whose kinds have a section of their own.
      const title = `${status} ${description}`;
      if (answer === undefined || status !== "200") return html`<p class="status">${title}</p>`;
      return body(title, { content: answer, document });
    })
  }
  </article>`;
}

/** Parameters, as the fields of an object would be shown. */
function parameterList(parameters: readonly Parameter[], document: OpenApiDocument): Markup {
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [name, { ...schema, description }]),
  );
  const required = parameters.filter(({ required }) => required).map(({ name }) => name);
  return html`
    <details open>
      <summary>Parameters of the path, the query string and headers</summary>
      <div class="body">${schemaList({ properties, required }, document)}</div>
    </details>
  `;
}

interface BodyOptions {
  readonly content: readonly [type: string, { readonly schema: JsonObject }];
  readonly document: OpenApiDocument;
}

/** A body with its fields and its example, folded open. */
function body(title: string, { content: [type, { schema }], document }: BodyOptions): Markup {
  const example = exampleOf(schema, document);
  const list = schemaList(schema, document);
  if (list === "" && example === undefined) return html`<p>${title} (${type})</p>`;
  return html`
    <details open>
      <summary>${title} <span class="type">${type}</span></summary>
      <div class="body">
          ${list}
          ${example === undefined
            ? ""
            : html`<pre tabindex="0"><code>${raw(escaped(example))}</code></pre>`}
        </div>
    </details>
  `;
}

/** What all failures have in common, with the table of kinds that the code itself goes by. */
function errors(document: OpenApiDocument): Markup {
  const reference = { $ref: "#/components/schemas/ErrorBody" };
  return html`
    <section>
      <h2>Errors</h2>
      <article id="errors">
          <p>The kind of a failure decides the status; a path that exists but not for the method is an
        unknown_route of status 405. The routes of other protocols answer in the shape of their peers,
        all others in this one.</p>
          <dl class="kinds">${wireErrorKinds.map((kind) =>
            html`
              <dt><code>${kind}</code></dt>
              <dd>${statusOf[kind]}</dd>
            `
          )}</dl>
          ${body("Body", { content: ["application/json", { schema: reference }], document })}
        </article>
    </section>
  `;
}

/** Line breaks are kept, which the template's own escaping also does; quotes stay readable. */
function escaped(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
