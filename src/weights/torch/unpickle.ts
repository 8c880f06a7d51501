/**
 * Reads a pickle that holds tensors and plain values, and nothing else: the operations that torch.save
 * writes (Python's pickle protocol 2), and of globals those in `globals.ts`.
 *
 * A pickle is a program for a small machine with a stack and a memo. Here its programs can make
 * dictionaries, lists, tuples, numbers, texts and views of storages. Every other operation is refused by
 * its name.
 *
 * @module
 */

import { call, globalOf } from "./globals.ts";
import { operationNames } from "./operation_names.ts";
import type { PickleBytes } from "./pickle_bytes.ts";
import { PickleMachine } from "./pickle_machine.ts";
import type { PickleValue } from "./pickle_value.ts";
import type { Storages } from "./storages.ts";
import { Unfit } from "./unfit.ts";

/** Enough for 50,000 tensors, of 35 operations each; bounds time and memory to seconds and 300 MB. */
const MOST_OPERATIONS = 2_000_000;
const PROTOCOL = 2;
const STOP = ".".charCodeAt(0);

/** What an operation works with. */
interface Run {
  readonly bytes: PickleBytes;
  readonly machine: PickleMachine;
  readonly storages: Storages;
}

type Operation = (run: Run) => void;

/** An operation that pushes what it reads. */
const pushes = (read: (bytes: PickleBytes) => PickleValue): Operation => ({ machine, bytes }) =>
  machine.push(read(bytes));

/** The operations by their code, written as a character as in Python's own table. */
const operations: Readonly<Record<string, Operation>> = {
  "\x80": ({ bytes }) => checkProtocol(bytes.uint8()),
  // Plain values
  N: pushes(() => null),
  "\x88": pushes(() => true),
  "\x89": pushes(() => false),
  K: pushes((bytes) => bytes.uint8()),
  M: pushes((bytes) => bytes.uint16()),
  J: pushes((bytes) => bytes.int32()),
  "\x8a": pushes((bytes) => bytes.long(bytes.uint8())),
  G: pushes((bytes) => bytes.float64()),
  U: pushes((bytes) => bytes.text(bytes.uint8())),
  X: pushes((bytes) => bytes.text(bytes.uint32())),
  // Tuples, lists and dictionaries
  "(": ({ machine }) => machine.mark(),
  ")": pushes(() => []),
  "\x85": ({ machine }) => machine.push(machine.take(1)),
  "\x86": ({ machine }) => machine.push(machine.take(2)),
  "\x87": ({ machine }) => machine.push(machine.take(3)),
  t: ({ machine }) => machine.push(machine.takeMarked()),
  "]": ({ machine }) => machine.pushList(),
  a: ({ machine }) => machine.append(machine.take(1)),
  e: ({ machine }) => machine.append(machine.takeMarked()),
  "}": ({ machine }) => machine.pushDict(),
  s: ({ machine }) => machine.setItems(machine.take(2)),
  u: ({ machine }) => machine.setItems(machine.takeMarked()),
  // The memo
  q: ({ machine, bytes }) => machine.keep(bytes.uint8()),
  r: ({ machine, bytes }) => machine.keep(bytes.uint32()),
  h: ({ machine, bytes }) => machine.recall(bytes.uint8()),
  j: ({ machine, bytes }) => machine.recall(bytes.uint32()),
  // Tensors
  c: pushes((bytes) => globalOf(bytes.line(), bytes.line())),
  R: ({ machine }) => {
    const [value, args] = machine.take(2);
    machine.push(call(value!, args!));
  },
  b: ({ machine }) => machine.dropAttributes(),
  Q: ({ machine, storages }) => machine.push(storages.refer(machine.take(1)[0]!)),
};

/** By the code itself. */
const byCode: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => operations[String.fromCharCode(code)],
);

/**
 * The value of the next pickle.
 *
 * @param storages collects those that it refers to
 * @throws {Unfit} naming the operation or the global that tensors do not need
 */
export function unpickle(bytes: PickleBytes, storages: Storages): PickleValue {
  const run: Run = { bytes, storages, machine: new PickleMachine() };
  for (let count = 0; count < MOST_OPERATIONS; count++) {
    const code = bytes.uint8();
    if (code === STOP) return run.machine.result();
    const operation = byCode[code];
    if (operation === undefined) throw unknown(code);
    operation(run);
  }
  throw new Unfit(`its pickle may have at most ${MOST_OPERATIONS} operations`, "more");
}

function checkProtocol(protocol: number): void {
  if (protocol === PROTOCOL) return;
  throw new Unfit(`its pickle must be of protocol ${PROTOCOL}, as torch.save writes it`, protocol);
}

function unknown(code: number): Unfit {
  const name = operationNames[String.fromCharCode(code)];
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  return new Unfit(
    "weights may need nothing but tensors, and another operation could run code",
    name === undefined ? `the byte ${hex} in the place of an operation` : `the operation ${name}`,
  );
}
