import type { Logger, ResourceJournal } from "@oriel/contracts";

type Kind = "network" | "endpoint";

/** Creations that were given up before the host network service answered: recorded until what they made late is deleted again. */
export class UndoneLate {
  readonly #journal: ResourceJournal;
  readonly #logger: Logger;
  readonly #pending = new Set<string>();

  constructor(journal: ResourceJournal, logger: Logger) {
    this.#journal = journal;
    this.#logger = logger;
  }

  /** @param undone resolves when nothing of it is on the host any more */
  add(kind: Kind, id: string, undone: Promise<void>): void {
    this.#pending.add(id);
    undone
      .then(() => this.#journal.clear(kind, id))
      .catch((error: unknown) => this.#logger.warn({ id, err: error }, `a ${kind} that was made too late is left for the next start`))
      .finally(() => this.#pending.delete(id));
  }

  has(id: string): boolean {
    return this.#pending.has(id);
  }
}
