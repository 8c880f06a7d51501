/**
 * The operations of pickles that tensors do not need, by the names that Python's `pickletools` has for
 * them, for errors.
 *
 * @module
 */

/** By their code, written as a character. */
export const operationNames: Readonly<Record<string, string>> = {
  // Objects and whatever runs code
  i: "INST",
  o: "OBJ",
  "\x81": "NEWOBJ",
  "\x92": "NEWOBJ_EX",
  "\x93": "STACK_GLOBAL",
  "\x82": "EXT1",
  "\x83": "EXT2",
  "\x84": "EXT4",
  P: "PERSID",
  // The text protocol
  I: "INT",
  L: "LONG",
  F: "FLOAT",
  S: "STRING",
  V: "UNICODE",
  g: "GET",
  p: "PUT",
  l: "LIST",
  d: "DICT",
  // Stack
  "0": "POP",
  "1": "POP_MARK",
  "2": "DUP",
  // Other protocols, and values that no state dict has
  T: "BINSTRING",
  "\x8b": "LONG4",
  B: "BINBYTES",
  C: "SHORT_BINBYTES",
  "\x8c": "SHORT_BINUNICODE",
  "\x8d": "BINUNICODE8",
  "\x8e": "BINBYTES8",
  "\x8f": "EMPTY_SET",
  "\x90": "ADDITEMS",
  "\x91": "FROZENSET",
  "\x94": "MEMOIZE",
  "\x95": "FRAME",
  "\x96": "BYTEARRAY8",
  "\x97": "NEXT_BUFFER",
  "\x98": "READONLY_BUFFER",
};
