/**
 * The rude server as a program, for clients in other languages: prints one line of JSON with its
 * address, the items of every story and the outcome that each must have, and serves until it is ended.
 *
 * @module
 */

import process from "node:process";
import { serveRudely } from "../client/rude_server.ts";
import { expectedOutcomes, manners, stories, storyItems } from "../client/stories.ts";

const server = serveRudely(manners);
const outcomes = await expectedOutcomes(stories.keys());
process.stdout.write(`${JSON.stringify({ url: server.url, items: storyItems, outcomes })}\n`);
