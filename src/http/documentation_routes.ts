/**
 * The routes that describe the others: the OpenAPI document and its page. Both read the list of
 * routes they stand in, once it is complete.
 *
 * @module
 */

import { once } from "../once.ts";
import { docsPage } from "./docs.ts";
import type { OpenApiDocument } from "./openapi.ts";
import type { Route } from "./route.ts";

/** `GET /openapi.json` and `GET /docs`. @param document asked at the first request */
export function documentationRoutes(document: () => OpenApiDocument): readonly Route[] {
  const made = once(document);
  return [{
    method: "GET",
    path: "/openapi.json",
    tag: "documentation",
    operationId: "getOpenApi",
    summary: "This API as an OpenAPI 3.1 document",
    open: true,
    answer: { type: "application/json", description: "The document" },
    failures: [],
    handle: (context) => context.json(made()),
  }, {
    method: "GET",
    path: "/docs",
    tag: "documentation",
    operationId: "getDocs",
    summary: "This API as a page",
    open: true,
    answer: { type: "text/html", description: "The page" },
    failures: [],
    handle: async (context) => context.html(await docsPage(made())),
  }];
}
