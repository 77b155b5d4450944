import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { FailedPreconditionError } from "@oriel/contracts";
import { openDatabase, transaction, WriteAheadLog } from "@oriel/sqlite";
import { migrations } from "./metadata-schema.ts";

export type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * The snapshotter's SQLite file. The end of this process loses nothing that was written; the end of the machine, nothing
 * that was written before or by the last `durably`.
 */
export class MetadataDatabase {
  readonly path: string;
  /** Undefined once closed. */
  #connection: DatabaseSync | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #log: WriteAheadLog;

  /**
   * Opens the file, makes it where it is not there, and locks it: two snapshotters on one folder would delete each
   * other's snapshots.
   *
   * @param file absolute path; its folder must be there
   * @param sync syncs the data of an open file
   * @throws UnavailableError while another process has it; FailedPreconditionError for a file of a later version, or that
   *   is no database.
   */
  constructor(file: string, sync?: (descriptor: number) => void) {
    this.path = file;
    this.#log = new WriteAheadLog(file, sync);
    const loss = "Without it all snapshots are gone: image layers are unpacked again, what containers wrote is lost.";
    this.#connection = openDatabase({ op: "snapshots.open", file, loss, migrations, synchronous: "normal" });
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** Runs `work` as a whole: what it throws takes back all that it wrote. */
  transaction<T>(work: () => T): T {
    return transaction(this.#use(), work);
  }

  /** As `transaction`, and all that was written so far is on disk when it returns. */
  durably<T>(work: () => T): T {
    const result = this.transaction(work);
    this.#log.sync();
    return result;
  }

  /** A second call does nothing. */
  close(): void {
    this.#statements.clear();
    this.#log.close();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #prepare(sql: string): StatementSync {
    const connection = this.#use();
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #use(): DatabaseSync {
    if (this.#connection !== undefined) return this.#connection;
    throw new FailedPreconditionError("the snapshotter is closed", { op: "snapshots.use", resource: this.path });
  }
}
