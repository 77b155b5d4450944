import type { EngineEvent } from "../engine-api.ts";
import type { EventLog } from "../events/event-log.ts";
import type { EngineDatabase } from "../state/database.ts";

/** What is kept of a volume beside its folder. */
export interface VolumeData {
  /** In lower case. */
  readonly name: string;
  readonly createdAt: Date;
  /** Undefined where none were given. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** The table of volumes. */
export class VolumeStore {
  readonly #database: EngineDatabase;
  readonly #events: EventLog;

  constructor(database: EngineDatabase, events: EventLog) {
    this.#database = database;
    this.#events = events;
  }

  /** With the event that reports it. */
  insert({ name, createdAt, labels }: VolumeData, event: EngineEvent): void {
    this.#events.writeWith((connection) => {
      connection
        .prepare("INSERT INTO volumes (name, created_at, labels) VALUES (?, ?, ?)")
        .run(name, createdAt.toISOString(), labels === undefined ? null : JSON.stringify(labels));
    }, event);
  }

  /** With the event that reports it. */
  delete(name: string, event?: EngineEvent): void {
    this.#events.writeWith((connection) => void connection.prepare("DELETE FROM volumes WHERE name = ?").run(name), event);
  }

  /** By name. */
  all(): VolumeData[] {
    const rows = this.#database.connection.prepare("SELECT name, created_at, labels FROM volumes ORDER BY name").all();
    return rows.map((row) => ({
      name: String(row.name),
      createdAt: new Date(String(row.created_at)),
      labels: row.labels === null ? undefined : (JSON.parse(String(row.labels)) as Record<string, string>),
    }));
  }
}
