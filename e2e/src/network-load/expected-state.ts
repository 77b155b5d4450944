/** What is under way with a thing, or done: only what was acknowledged is certain. */
type Certainty = "making" | "made" | "removing";

/** What a daemon must have after it was killed, as far as its client knows. */
export class ExpectedState {
  readonly #things = new Map<string, Certainty>();
  /** Contents that a volume's file may have: the acknowledged one, and one whose writing was under way. */
  readonly #contents = new Map<string, readonly string[]>();

  /** Makes something: certain once `work` is done. */
  async make(name: string, work: () => Promise<void>): Promise<void> {
    this.#things.set(name, "making");
    await work();
    this.#things.set(name, "made");
  }

  async remove(name: string, work: () => Promise<void>): Promise<void> {
    this.#things.set(name, "removing");
    await work();
    this.#things.delete(name);
    this.#contents.delete(name);
  }

  async write(volume: string, text: string, work: () => Promise<void>): Promise<void> {
    this.#contents.set(volume, [...this.contents(volume), text]);
    await work();
    this.#contents.set(volume, [text]);
  }

  /** "" for a file that is not there, or that a program has only opened. */
  contents(volume: string): readonly string[] {
    return this.#contents.get(volume) ?? [""];
  }

  /** A line for each thing that is there and should not be, or the other way round. */
  compare(found: readonly string[]): string[] {
    return [
      ...found.filter((name) => !this.#things.has(name)).map((name) => `${name} is there, and nobody made it`),
      ...[...this.#things].filter(([name, state]) => state === "made" && !found.includes(name)).map(([name]) => `${name} is gone`),
    ];
  }

  /** What is there now is what was made. */
  confirm(found: readonly string[]): void {
    for (const name of this.#things.keys()) if (!found.includes(name)) this.#things.delete(name);
    for (const name of found) this.#things.set(name, "made");
  }
}
