/**
 * Ranking: how well numbers tell marked places from others, and how well they agree with known ones. Pure.
 *
 * @module
 */

/**
 * Average precision of the marked places in the order of their values, the largest first. Places of one value
 * count as if their order were drawn: each has the mean of the precisions that it could have.
 */
export function averagePrecision(values: readonly number[], marked: readonly boolean[]): number {
  const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]!);
  let [seen, hits, total] = [0, 0, 0];
  for (let at = 0; at < order.length;) {
    let end = at;
    while (end < order.length && values[order[end]!] === values[order[at]!]) end++;
    const tied = order.slice(at, end);
    const own = tied.filter((place) => marked[place]).length;
    // The k-th of n tied places is a hit with the chance own / n, behind (k - 1) others of the tie.
    for (let k = 1; k <= tied.length && own > 0; k++) {
      const chance = own / tied.length;
      const before = tied.length === 1 ? 0 : (k - 1) * (own - 1) / (tied.length - 1);
      total += chance * (hits + before + 1) / (seen + k);
    }
    [seen, hits, at] = [seen + tied.length, hits + own, end];
  }
  return hits === 0 ? NaN : total / hits;
}

/** Pearson's correlation; NaN where either list is all alike. */
export function correlation(some: readonly number[], others: readonly number[]): number {
  const [a, b] = [centred(some), centred(others)];
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, each, i) => sum + each * y[i]!, 0);
  const size = Math.sqrt(product(a, a) * product(b, b));
  return size < 1e-12 ? NaN : product(a, b) / size;
}

/** How far numbers are from known ones, in parts of the known ones' size. */
export function relativeError(found: readonly number[], known: readonly number[]): number {
  const off = found.reduce((sum, each, i) => sum + Math.abs(each - known[i]!), 0);
  return off / known.reduce((sum, each) => sum + Math.abs(each), 0);
}

/** The mean of the numbers that are. */
export function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, each) => sum + each, 0) / finite.length;
}

function centred(values: readonly number[]): number[] {
  const middle = values.reduce((sum, each) => sum + each, 0) / values.length;
  return values.map((each) => each - middle);
}
