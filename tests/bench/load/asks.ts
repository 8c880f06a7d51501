/**
 * What the mixed load asks: right requests of every protocol with the answers that they got by themselves,
 * and wrong ones with the status that they must get.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";
import { protocols } from "../../../src/http/protocols/registry.ts";
import {
  type ProtocolCase,
  protocolCases,
  type ReadReply,
} from "../../contracts/protocol_cases.ts";
import { Connection, writePost } from "./connection.ts";
import { review } from "./texts.ts";

/** One request, as bytes, and what may come of it. */
export interface Ask {
  /** The operation of its protocol. */
  readonly name: string;
  readonly request: Uint8Array;
  /** The status where there is room. */
  readonly status: number;
  /** The status where there is none. */
  readonly overloaded: number;
  /** Of errors. */
  readonly errors: z.ZodType;
  readonly read: ProtocolCase["read"];
  /** What the same request was answered by itself. */
  readonly alone?: ReadReply;
}

/** What asks are made with. */
export interface AsksOptions {
  readonly url: URL;
  readonly key: string;
  readonly random: () => number;
}

/** Requests of a protocol that are right. */
const RIGHT = 12;

/** Right and wrong requests of every protocol. */
export function asksOf(options: AsksOptions): Ask[] {
  return protocols.flatMap((protocol) => {
    const { operationId } = protocol.routes[0]!;
    const spoken = protocolCases[operationId];
    assert.ok(spoken, `no case for ${operationId}`);
    const common = {
      name: operationId,
      overloaded: spoken.statuses?.overloaded ?? 503,
      errors: protocol.errorSchema(),
      read: spoken.read,
    };
    const right = Array.from({ length: RIGHT }, (_, i) => ({
      ...common,
      status: 200,
      request: written(spoken, rightBody(spoken, i, options), options),
    }));
    const wrong = spoken.malformed.map(([, body]) => ({
      ...common,
      status: spoken.statuses?.invalid ?? 400,
      request: written(spoken, body, options),
    }));
    const strange = {
      ...common,
      status: 401,
      errors: errorsAt(spoken.path),
      request: written(spoken, rightBody(spoken, 0, options), { ...options, key: "another" }),
    };
    return [...right, ...wrong, strange];
  });
}

/** The same ask with the answer that it gets while nothing else is asked. */
export async function askAlone(ask: Ask, url: URL): Promise<Ask> {
  using connection = new Connection(url);
  const { status, body } = await connection.send(ask.request);
  assert.equal(status, ask.status, `${ask.name}: ${body}`);
  return status === 200 ? { ...ask, alone: ask.read(JSON.parse(body)) } : ask;
}

/** The forms of the protocols at a path: keys are asked for before a body tells which of them is spoken. */
function errorsAt(at: string): z.ZodType {
  const matches = (path: string) => new URLPattern({ pathname: path }).test({ pathname: at });
  return z.union(
    protocols.filter(({ routes }) => routes.some(({ path }) => matches(path)))
      .map((protocol) => protocol.errorSchema()),
  );
}

function rightBody(spoken: ProtocolCase, at: number, { random }: AsksOptions): unknown {
  const prompt = `The movie of ${1900 + at} was`;
  const count = spoken.single ? 1 : 1 + at % 3;
  const texts = Array.from({ length: count }, () => ({ prompt, completion: review(random) }));
  return spoken.request(texts);
}

/** Keys come both ways. */
function written(spoken: ProtocolCase, body: unknown, { url, key, random }: AsksOptions) {
  const path = spoken.path.replace("fake-reward", "movie-reward");
  const shown = random() < 0.5 ? `Bearer ${key}` : `Basic ${btoa(`any:${key}`)}`;
  return writePost(url, path, named(body), `authorization: ${shown}\r\n`);
}

/** Cases are of a fake model. */
function named(body: unknown): unknown {
  return typeof body === "object" && body !== null && "model" in body && body.model === "model"
    ? { ...body, model: "movie-reward" }
    : body;
}
