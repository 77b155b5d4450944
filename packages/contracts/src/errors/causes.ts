/** An error and those that caused it, outermost first, each once. Ends at the first cause that is no Error. */
export function* causesOf(error: unknown): Generator<Error, void, undefined> {
  const seen = new Set<unknown>();
  for (let found = error; found instanceof Error && !seen.has(found); found = found.cause) {
    seen.add(found);
    yield found;
  }
}
