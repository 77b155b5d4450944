import type { JournalEntry, ResourceJournal, ResourceKind } from "@oriel/contracts";
import { type Clock, systemClock } from "../clock.ts";
import type { EngineDatabase } from "./database.ts";

/** The journal of external resources, in the engine's database. */
export class SqliteResourceJournal implements ResourceJournal {
  readonly #database: EngineDatabase;
  readonly #clock: Clock;

  constructor(database: EngineDatabase, clock: Clock = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  record(kind: ResourceKind, id: string, data: Readonly<Record<string, unknown>>): void {
    const statement = this.#database.connection.prepare(
      "INSERT INTO resources (kind, id, data, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data",
    );
    this.#database.synced(() => statement.run(kind, id, JSON.stringify(data), this.#clock.now().toISOString()));
  }

  clear(kind: ResourceKind, id: string): void {
    this.#database.unsynced(() => this.#database.connection.prepare("DELETE FROM resources WHERE kind = ? AND id = ?").run(kind, id));
  }

  list(kind?: ResourceKind): JournalEntry[] {
    const { connection } = this.#database;
    const columns = "SELECT kind, id, data, created_at FROM resources";
    const rows =
      kind === undefined
        ? connection.prepare(`${columns} ORDER BY sequence`).all()
        : connection.prepare(`${columns} WHERE kind = ? ORDER BY sequence`).all(kind);
    return rows.map((row) => ({
      kind: String(row.kind) as ResourceKind,
      id: String(row.id),
      data: JSON.parse(String(row.data)) as Readonly<Record<string, unknown>>,
      createdAt: new Date(String(row.created_at)),
    }));
  }
}
