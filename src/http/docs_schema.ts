/**
 * JSON schemas as nested lists for people. Knows as much of JSON Schema as zod writes.
 *
 * @module
 */

import { html } from "hono/html";
import type { JsonObject, OpenApiDocument } from "./openapi.ts";

type Markup = ReturnType<typeof html> | string;

/** The parts of a schema that are shown. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonObject>>;
  readonly required?: readonly string[];
  readonly items?: JsonObject | false;
  readonly prefixItems?: readonly JsonObject[];
  readonly anyOf?: readonly JsonObject[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly contentEncoding?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** The fields of a schema, with theirs inside; nothing for a value without fields. */
export function schemaList(json: JsonObject, document: OpenApiDocument): Markup {
  const schema = resolved(json, document);
  if (schema.properties !== undefined) return fields(schema, document);
  if (schema.anyOf?.some((form) => hasFields(form, document))) {
    return html`<ul class="forms">${
      schema.anyOf.map((form) => {
        const { title, description } = resolved(form, document);
        return html`<li><p><b>${title ?? "Either"}</b> ${description ?? ""}</p>${
          schemaList(form, document)
        }</li>`;
      })
    }</ul>`;
  }
  return schema.items ? schemaList(schema.items, document) : "";
}

/** The first example that a schema brings, if any. */
export function exampleOf(json: JsonObject, document: OpenApiDocument): unknown {
  return resolved(json, document).examples?.[0];
}

/** One field a line, what lies inside it below. */
function fields({ properties = {}, required = [] }: Schema, document: OpenApiDocument): Markup {
  return html`<dl>${
    Object.entries(properties).map(([name, json]) => {
      const schema = resolved(json, document);
      const need = required.includes(name) ? "required" : "";
      return html`
        <dt><code>${name}</code> <span class="type">${typeOf(
          schema,
          document,
        )}</span> <span class="need">${need}</span></dt>
        <dd>${schema.description ?? ""} ${constraints(schema)} ${schemaList(json, document)}</dd>
      `;
    })
  }</dl>`;
}

/** A type as TypeScript would write it, so that a schema can be read at a glance. */
function typeOf(schema: Schema, document: OpenApiDocument): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  if (schema.anyOf !== undefined) {
    const types = schema.anyOf.map((form) => typeOf(resolved(form, document), document));
    return [...new Set(types)].join(" | ");
  }
  if (schema.prefixItems !== undefined) {
    return `[${
      schema.prefixItems.map((item) => typeOf(resolved(item, document), document)).join(", ")
    }]`;
  }
  if (schema.items) return `${bracketed(typeOf(resolved(schema.items, document), document))}[]`;
  return schema.contentEncoding ?? [schema.type ?? "any"].flat().join(" | ");
}

/** A union needs brackets before it can be made a list. */
function bracketed(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}

/** The default and the limits, where there are any. */
function constraints(schema: Schema): Markup {
  const { minimum, maximum, minItems, maxItems } = schema;
  const parts = [
    schema.default === undefined ? "" : `default ${JSON.stringify(schema.default)}`,
    rangeOf({ least: minimum, most: maximum, unit: "" }),
    rangeOf({ least: minItems, most: maxItems, unit: " entries" }),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : html`<span class="limits">${parts.join("; ")}</span>`;
}

/** Limits as the schema has them, before those that say nothing are left out. */
interface Range {
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly unit: string;
}

function rangeOf({ least, most, unit }: Range): string {
  // Zod bounds every integer by what a float64 holds exactly, which is no limit of ours.
  const upper = most === undefined || most >= Number.MAX_SAFE_INTEGER ? undefined : most;
  const lower = least === undefined || least <= Number.MIN_SAFE_INTEGER ? undefined : least;
  if (upper !== undefined && lower !== undefined) {
    return `${number(lower)} to ${number(upper)}${unit}`;
  }
  if (upper !== undefined) return `at most ${number(upper)}${unit}`;
  return lower ? `at least ${number(lower)}${unit}` : "";
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function hasFields(json: JsonObject, document: OpenApiDocument): boolean {
  return resolved(json, document).properties !== undefined;
}

/** The schema that a reference leads to, or the schema itself. */
function resolved(json: JsonObject, document: OpenApiDocument): Schema {
  const schema = json as Schema;
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  return { ...document.components.schemas[name], ...schema } as Schema;
}
