/**
 * Runs `work` on the items, up to `width` at once, and returns the results in the order of the items. When it is left
 * early or fails, what was begun is waited for.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<{ readonly item: T; readonly result: R }, void, undefined> {
  const begun: { readonly item: T; readonly result: Promise<R> }[] = [];
  const source = items[Symbol.iterator]();
  const begin = (): void => {
    const next = source.next();
    if (next.done === true) return;
    const result = work(next.value);
    // Its failure is seen when its turn comes, or not at all.
    result.catch(() => {});
    begun.push({ item: next.value, result });
  };
  try {
    for (let count = 0; count < width; count += 1) begin();
    for (let first = begun[0]; first !== undefined; first = begun[0]) {
      const result = await first.result;
      begun.shift();
      begin();
      yield { item: first.item, result };
    }
  } finally {
    await Promise.allSettled(begun.map(({ result }) => result));
  }
}
