import type { DatabaseSync } from "node:sqlite";
import { transaction } from "@oriel/sqlite";
import type { EngineEvent } from "../engine-api.ts";
import type { EngineDatabase } from "../state/database.ts";
import { nanosecondsOf, parsePreciseText, preciseText } from "./precise-time.ts";

/** Events that are kept; older ones are dropped. */
const defaultKept = 4096;

export interface EventPeriod {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/**
 * What happened, in the database. Events wait in memory until something is written anyway, and go with it: an event that comes
 * with a change of a container is there exactly if the change is.
 */
export class EventLog {
  readonly #database: EngineDatabase;
  readonly #kept: number;
  #waiting: EngineEvent[] = [];

  constructor(database: EngineDatabase, kept = defaultKept) {
    this.#database = database;
    this.#kept = kept;
  }

  add(event: EngineEvent): void {
    this.#waiting.push(event);
    // A database that takes nothing shall not fill the memory.
    if (this.#waiting.length > this.#kept) this.#waiting.shift();
  }

  /** Writes what waits, then `change` and its event: all of it or, when it throws, nothing. */
  writeWith(change: (connection: DatabaseSync) => void, event?: EngineEvent): void {
    const { connection } = this.#database;
    const events = event === undefined ? this.#waiting : [...this.#waiting, event];
    transaction(connection, () => {
      change(connection);
      this.#insert(connection, events);
    });
    this.#waiting = [];
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length > 0) this.writeWith(() => {});
  }

  /** In their order; what waits is among them. */
  read({ since, until }: EventPeriod): EngineEvent[] {
    const rows = this.#database.connection
      .prepare("SELECT at, type, action, actor_id, attributes FROM events WHERE at >= ? AND at <= ? ORDER BY sequence")
      .all(since === undefined ? "" : preciseText(since), until === undefined ? "~" : preciseText(until));
    const written = rows.map(
      (row): EngineEvent => ({
        type: String(row.type) as EngineEvent["type"],
        action: String(row.action),
        actor: { id: String(row.actor_id), attributes: JSON.parse(String(row.attributes)) as Record<string, string> },
        time: parsePreciseText(String(row.at)),
      }),
    );
    const isWithin = ({ time }: EngineEvent): boolean =>
      (since === undefined || nanosecondsOf(time) >= nanosecondsOf(since)) &&
      (until === undefined || nanosecondsOf(time) <= nanosecondsOf(until));
    const waiting = this.#waiting.filter(isWithin);
    return [...written, ...waiting];
  }

  #insert(connection: DatabaseSync, events: readonly EngineEvent[]): void {
    if (events.length === 0) return;
    const insert = connection.prepare("INSERT INTO events (at, type, action, actor_id, attributes) VALUES (?, ?, ?, ?, ?)");
    for (const { time, type, action, actor } of events) {
      insert.run(preciseText(time), type, action, actor.id, JSON.stringify(actor.attributes));
    }
    connection.prepare("DELETE FROM events WHERE sequence <= (SELECT MAX(sequence) FROM events) - ?").run(this.#kept);
  }
}
