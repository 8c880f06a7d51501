/**
 * Bounded concurrency.
 *
 * @module
 */

/**
 * Works through `jobs`, at most `concurrency` at a time, taking each when there is room for it. After
 * a failure nothing new is begun.
 *
 * @param stop called at the first failure, to end what is under way
 * @throws the first failure, once nothing is under way any more
 */
export async function workThrough<Job>(
  jobs: Iterable<Job>,
  work: (job: Job) => Promise<void>,
  { concurrency, stop }: { concurrency: number; stop: () => void },
): Promise<void> {
  const failures: unknown[] = [];
  const queue = jobs[Symbol.iterator]();
  async function worker(): Promise<void> {
    try {
      for (;;) {
        if (failures.length > 0) return;
        const { done, value } = queue.next();
        if (done) return;
        await work(value);
      }
    } catch (failure) {
      failures.push(failure);
      stop();
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (failures.length > 0) throw failures[0];
}
