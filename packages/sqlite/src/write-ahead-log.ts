import { closeSync, fdatasyncSync, openSync } from "node:fs";

/**
 * The write-ahead log beside a database. It is one file, in the order of the transactions, so to sync it syncs all former ones too.
 * SQLite itself does so with `synchronous = FULL` (https://www.sqlite.org/pragma.html#pragma_synchronous), but waits for the times of the
 * file as well, which of short writes takes half of the time: Node.js builds it without fdatasync.
 */
export class WriteAheadLog {
  readonly #path: string;
  readonly #sync: (descriptor: number) => void;
  #descriptor: number | undefined;

  /**
   * @param database path of the database; the log exists from its first write on
   * @param sync syncs the data of an open file
   */
  constructor(database: string, sync: (descriptor: number) => void = fdatasyncSync) {
    this.#path = `${database}-wal`;
    this.#sync = sync;
  }

  /** Makes all that was written so far durable. */
  sync(): void {
    // Open as long as the database is: SQLite keeps the file, and uses it from its start again when it has grown.
    this.#descriptor ??= openSync(this.#path, "r+");
    this.#sync(this.#descriptor);
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
