import { fstatSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OpenDatabaseOptions, openDatabase, WriteAheadLog } from "../src/index.ts";

const first = "CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT";
const second = "CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents (id)) STRICT";

let folder: string;
let file: string;
const opened: DatabaseSync[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oriel-sqlite-"));
  file = path.join(folder, "test.db");
});
afterEach(async () => {
  for (const database of opened.splice(0)) if (database.isOpen) database.close();
  await rm(folder, { recursive: true, force: true });
});

function open(options: Partial<OpenDatabaseOptions> = {}): DatabaseSync {
  const database = openDatabase({ op: "test.open", file, loss: "All is gone.", migrations: [first, second], ...options });
  opened.push(database);
  return database;
}

const pragma = (database: DatabaseSync, name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];

describe("a database that is opened", () => {
  it("is readable for its owner only, durable, and keeps foreign keys", async () => {
    const database = open();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const settings = ["journal_mode", "synchronous", "foreign_keys", "locking_mode"].map((name) => pragma(database, name));
    expect(settings).toEqual(["wal", 2, 1, "exclusive"]);
    expect(() => database.exec("INSERT INTO children VALUES (7)")).toThrow(/FOREIGN KEY/);
  });

  it("waits for the disk less often if that is asked for", () => {
    expect(pragma(open({ synchronous: "normal" }), "synchronous")).toBe(1);
  });

  it("gets the migrations that it has not seen, once", () => {
    open({ migrations: [first] }).close();
    expect(pragma(open(), "user_version")).toBe(2);
    opened[1]?.close();
    expect(pragma(open(), "user_version")).toBe(2);
  });

  it("keeps its version and is closed if a migration fails", () => {
    open({ migrations: [first] }).close();
    expect(() => open({ migrations: [first, second, "no SQL"] })).toThrow(expect.objectContaining({ code: "FailedPrecondition" }));
    expect(pragma(open({ migrations: [first] }), "user_version")).toBe(1);
  });

  it("takes a migration that is a function, which is undone as a whole if it fails", () => {
    open({ migrations: [first] }).close();
    const insert = (connection: DatabaseSync) => connection.exec("INSERT INTO parents VALUES (7)");
    const fail = (connection: DatabaseSync) => {
      insert(connection);
      throw new Error("not today");
    };
    expect(() => open({ migrations: [first, fail] })).toThrow(expect.objectContaining({ code: "FailedPrecondition" }));
    const database = open({ migrations: [first, insert] });
    expect(database.prepare("SELECT id FROM parents").all()).toEqual([{ id: 7 }]);
  });

  it("of a later version is refused, and named", () => {
    open().close();
    const refusal = { code: "FailedPrecondition", message: `${file} has schema version 2, and this Oriel knows up to 1` };
    expect(() => open({ migrations: [first] })).toThrow(expect.objectContaining(refusal));
  });

  it("is locked from its opening on, with nothing to migrate as well", () => {
    open().close();
    open();
    const refusal = { code: "Unavailable", message: `${file} is in use by another process` };
    expect(() => open()).toThrow(expect.objectContaining(refusal));
  });

  it("that is no database is refused, with how to recover, and left alone", async () => {
    const text = "no database at all, but long enough to be looked at".repeat(100);
    await writeFile(file, text);
    const refusal = { code: "FailedPrecondition", remedy: expect.stringMatching(/move those .* All is gone\.$/) };
    expect(() => open()).toThrow(expect.objectContaining(refusal));
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("is longer than it need be, so that a write succeeds on a full disk", () => {
    const database = open();
    expect(Number(pragma(database, "freelist_count")) * Number(pragma(database, "page_size"))).toBeGreaterThanOrEqual(1024 * 1024);
  });
});

describe("a write-ahead log", () => {
  it("is synced by one descriptor until it is closed", () => {
    const database = open({ synchronous: "normal" });
    const synced: number[] = [];
    const log = new WriteAheadLog(file, (descriptor) => void synced.push(fstatSync(descriptor).ino));
    database.exec("INSERT INTO parents VALUES (1)");
    log.sync();
    log.sync();
    const { ino } = statSync(`${file}-wal`);
    expect(synced).toEqual([ino, ino]);
    log.close();
    log.close();
  });
});
