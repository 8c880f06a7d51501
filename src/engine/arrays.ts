/**
 * Arrays: numbers with their extents, as they travel between threads and in and out of graphs.
 *
 * @module
 */

/** The arrays that graphs are fed with and give out; bools are bytes of 0 and 1. */
export type Numbers =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** One input, row-major: the array decides the element type. */
export interface Feed {
  readonly data: Numbers;
  readonly dims: readonly number[];
}

/** Inputs by name. */
export type Feeds = Readonly<Record<string, Feed>>;

/** One output, row-major. */
export type Output = Feed;

/** Outputs by name. */
export type Outputs = Readonly<Record<string, Output>>;

/** How many numbers some extents hold; one where there is no extent. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** @throws {RangeError} naming the feed whose numbers are not as many as its extents say. */
export function expectFilled(name: string, { data, dims }: Feed): void {
  if (data.length === sizeOf(dims)) return;
  throw new RangeError(
    `Cannot take "${name}" as its numbers do not fill its extents: received ${data.length} for [${
      dims.join(", ")
    }]`,
  );
}

/**
 * The buffers under some feeds, each once, for a transfer. A feed that shows a part of a buffer takes
 * the whole buffer along.
 *
 * @throws {TypeError} naming a feed whose buffer was transferred before.
 */
export function buffersOf(feeds: Feeds): ArrayBuffer[] {
  for (const [name, { data }] of Object.entries(feeds)) {
    if (!data.buffer.detached) continue;
    throw new TypeError(`Cannot take "${name}" as its array was given away before: received none`);
  }
  return [...new Set(Object.values(feeds).map(({ data }) => data.buffer))];
}
