/**
 * The types of the wire without zod, derived from its schemas: what the package has in the place of
 * `src/wire/`.
 *
 * @module
 */

import { z } from "zod";
import { errorBodySchema } from "../../wire/error.ts";
import { modelsReplySchema } from "../../wire/models.ts";
import { rewardReplySchema } from "../../wire/reply.ts";
import { rewardRequestSchema } from "../../wire/request.ts";
import { type JsonSchema, printDefinitions } from "./print_type.ts";

/** The source of a module that exports the wire's types, under the names that `src/wire/` has. */
export function wireTypes(): string {
  const schemas = [
    z.toJSONSchema(rewardRequestSchema(), { io: "input" }),
    z.toJSONSchema(rewardReplySchema(), { io: "output" }),
    z.toJSONSchema(errorBodySchema(), { io: "output" }),
    z.toJSONSchema(modelsReplySchema(), { io: "output" }),
  ];
  // Zod's type of a JSON schema is wider than what the printer knows; it stops at the rest.
  const types = new Map(schemas.flatMap((schema) => [...printDefinitions(schema as JsonSchema)]));
  return [
    "/**\n * The types of what crosses the network, as the server documents them.\n *\n * @module\n */\n",
    ...types.values(),
    "/** A request as callers may write it. */\nexport type RewardRequestInput = RewardRequest;\n",
  ].join("\n");
}
