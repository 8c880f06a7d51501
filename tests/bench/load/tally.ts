/**
 * Tally: what became of the requests of a mixed load, and whether it is what had to.
 *
 * @module
 */

import type { ReadReply } from "../../contracts/protocol_cases.ts";
import type { Ask } from "./asks.ts";
import type { Connection } from "./connection.ts";

/** Law 2 up to the rounding of float32, in the scores of the bundled model. */
const TOLERANCE = 2e-5;

/** Counts outcomes; a request ends in exactly one. */
export class Tally {
  readonly faults: string[] = [];
  readonly #outcomes = new Map<string, number>();

  /** Sends a request, or a part of it. @param chance in [0, 1), which decides about leaving */
  async count(ask: Ask, chance: number, connection: Connection): Promise<void> {
    try {
      this.#add(await this.#outcome(ask, chance, connection));
    } catch (error) {
      connection[Symbol.dispose]();
      this.#add("lost");
      this.faults.push(`${ask.name}: ${error}`);
    }
  }

  /** Every outcome with its count. */
  text(): string {
    const sorted = [...this.#outcomes].toSorted(([one], [other]) => one < other ? -1 : 1);
    const total = sorted.reduce((sum, [, count]) => sum + count, 0);
    return `${total} requests: ${sorted.map(([name, count]) => `${count} ${name}`).join(", ")}`;
  }

  async #outcome(ask: Ask, chance: number, connection: Connection): Promise<string> {
    if (chance < 0.03) return await leave(connection, ask.request.subarray(0, 80));
    if (chance < 0.06) return await leave(connection, ask.request.subarray(0, -5));
    if (chance < 0.1) return await leave(connection, ask.request);
    const { status, body } = await connection.send(ask.request);
    const value: unknown = JSON.parse(body);
    if (status === 200 && ask.alone !== undefined) {
      this.#requireEqual(ask, ask.read(value), ask.alone);
      return "right";
    }
    if (status !== ask.status && status !== ask.overloaded) {
      this.faults.push(`${ask.name}: status ${status} in place of ${ask.status}: ${body}`);
    }
    if (!ask.errors.safeParse(value).success) {
      this.faults.push(`${ask.name}: no error of its form: ${body}`);
    }
    return status === ask.status ? `refused (${status})` : `overloaded (${status})`;
  }

  #requireEqual({ name }: Ask, one: ReadReply, other: ReadReply): void {
    const numbers = ({ scores, rewards }: ReadReply) => [...scores, ...rewards.flat()];
    const [ours, alone] = [numbers(one), numbers(other)];
    const far = ours.findIndex((number, i) => !(Math.abs(number - alone[i]!) <= TOLERANCE));
    if (far < 0 && ours.length === alone.length) return;
    this.faults.push(`${name}: ${ours[far]} in place of ${alone[far]}, of ${ours.length} numbers`);
  }

  #add(outcome: string): void {
    this.#outcomes.set(outcome, 1 + (this.#outcomes.get(outcome) ?? 0));
  }
}

/** Sends what is given and hangs up. */
async function leave(connection: Connection, part: Uint8Array): Promise<string> {
  await connection.begin(part);
  connection[Symbol.dispose]();
  return "abandoned";
}
