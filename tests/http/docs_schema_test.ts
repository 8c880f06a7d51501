import assert from "node:assert/strict";
import { z } from "zod";
import { exampleOf, schemaList } from "../../src/http/docs_schema.ts";
import type { OpenApiDocument } from "../../src/http/openapi.ts";

const named = {
  type: "object",
  properties: { deep: { type: "boolean" } },
  examples: [{ deep: true }],
};
const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "T", version: "1", description: "" },
  paths: {},
  components: { schemas: { Named: named } },
};

/** The list as text, its tags and doubled spaces taken out. */
async function listOf(schema: z.ZodType): Promise<string> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
  const html = String(await schemaList(json, document));
  return html.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ").trim();
}

Deno.test("a field is listed with its type, need, words and limits", async () => {
  const schema = z.object({
    beta: z.number().min(0).max(1).default(0.8).describe("The part."),
    names: z.array(z.string()).min(1).max(4_096),
    exact: z.literal("x").optional(),
  });
  assert.equal(
    await listOf(schema),
    "beta number The part. default 0.8; 0 to 1 names string[] required 1 to 4,096 entries exact &quot;x&quot;",
  );
});

Deno.test("lists of choices and pairs are written so that one can read them", async () => {
  const schema = z.object({
    choice: z.enum(["a", "b"]),
    either: z.union([z.array(z.number()), z.string().meta({ contentEncoding: "base64" })]),
    pairs: z.array(z.tuple([z.int().min(0), z.string()])),
    mixed: z.array(z.union([z.string(), z.boolean()])),
  });
  const text = await listOf(schema);
  assert.match(text, /choice &quot;a&quot; \| &quot;b&quot; required/);
  assert.match(text, /either number\[\] \| base64 required/);
  assert.match(text, /pairs \[integer, string\]\[\] required/);
  assert.match(text, /mixed \(string \| boolean\)\[\] required/);
});

Deno.test("forms of an object stand beside each other under their titles", async () => {
  const a = z.object({ one: z.string() }).meta({ title: "First", description: "The one." });
  const b = z.object({ two: z.string() }).meta({ title: "Second" });
  const text = await listOf(z.object({ items: z.array(z.union([a, b])) }));
  assert.match(
    text,
    /items object\[\] required First The one\. one string required Second two string/,
  );
});

Deno.test("a reference is followed, for fields and for examples", async () => {
  const json = { $ref: "#/components/schemas/Named" };
  assert.match(String(await schemaList(json, document)), /<code>deep<\/code>/);
  assert.deepEqual(exampleOf(json, document), { deep: true });
  assert.equal(exampleOf({ type: "string" }, document), undefined);
});

Deno.test("bounds that only say what integers are stay unsaid", async () => {
  assert.equal(await listOf(z.object({ n: z.int() })), "n integer required");
  assert.equal(await listOf(z.object({ n: z.int().min(1) })), "n integer required at least 1");
});
