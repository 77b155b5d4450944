import { execFileSync } from "node:child_process";
import { fstatSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { transaction } from "@oriel/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineDatabase } from "../src/state/database.ts";
import { SqliteResourceJournal } from "../src/state/journal.ts";
import { manualClock } from "./manual-clock.ts";

let folder: string;
let file: string;
const opened: EngineDatabase[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oriel-db-"));
  file = path.join(folder, "root", "oriel.db");
});
afterEach(async () => {
  for (const database of opened.splice(0)) database.close();
  await rm(folder, { recursive: true, force: true });
});

function openDatabase(): EngineDatabase {
  const database = new EngineDatabase(file);
  opened.push(database);
  database.open();
  return database;
}

describe("the engine's database", () => {
  it("is readable for its owner only, and safe against a loss of power", async () => {
    const { connection } = openDatabase();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(connection.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(connection.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  });

  it("refuses a second process on the same root, and says so", () => {
    openDatabase();
    const source = JSON.stringify(path.resolve(import.meta.dirname, "../src/state/database.ts"));
    const script = `
      const { EngineDatabase } = await import(${source});
      try { new EngineDatabase(${JSON.stringify(file)}).open(); console.log("opened"); }
      catch (error) { console.log(error.code + ": " + error.message); }`;
    const output = execFileSync(process.execPath, ["--conditions=oriel-source", "--no-warnings", "--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(output.trim()).toBe(`Unavailable: ${file} is in use by another process`);
  });

  it("is free again once it is closed", () => {
    openDatabase().close();
    expect(() => openDatabase()).not.toThrow();
  });

  it("refuses a file that a newer version wrote", () => {
    openDatabase().close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 999");
    raw.close();
    expect(() => openDatabase()).toThrow(
      expect.objectContaining({ code: "FailedPrecondition", message: expect.stringContaining("has schema version 999") }),
    );
  });

  it("refuses a file that is no database, says how to recover, and leaves it alone", async () => {
    openDatabase().close();
    const text = "no database at all, but long enough to be looked at".repeat(100);
    await writeFile(file, text);
    expect(() => openDatabase()).toThrow(
      expect.objectContaining({
        code: "FailedPrecondition",
        message: `the database ${file} is damaged: file is not a database`,
        remedy: `put back a copy of ${file}, ${file}-wal, ${file}-shm, or move those that are there to another folder and start again. Without it the containers of this root are gone; images stay.`,
      }),
    );
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("with a damaged page is refused when it is opened, not in the middle of something", async () => {
    const { connection } = openDatabase();
    for (let row = 0; row < 200; row += 1) {
      connection
        .prepare("INSERT INTO events (at, type, action, actor_id, attributes) VALUES (?, 'container', 'x', 'y', '{}')")
        .run("z".repeat(100));
    }
    for (const database of opened.splice(0)) database.close();
    const bytes = await readFile(file);
    bytes.fill(0xa5, bytes.length - 4096);
    await writeFile(file, bytes);
    expect(() => openDatabase()).toThrow(expect.objectContaining({ message: expect.stringContaining(`${file} is damaged`) }));
  });

  it("cannot be used unless it is open", () => {
    expect(() => new EngineDatabase(file).connection).toThrow("is not open");
  });
});

describe("the journal of resources", () => {
  it("keeps what was recorded until it is cleared, oldest first, across a restart", () => {
    const clock = manualClock();
    const journal = new SqliteResourceJournal(openDatabase(), clock);
    journal.record("scratch", "s1", { folder: "/x" });
    journal.record("compute-system", "c1", {});
    journal.record("scratch", "s2", {});
    journal.clear("scratch", "s2");
    journal.clear("scratch", "unknown");
    opened[0]?.close();

    const again = new SqliteResourceJournal(openDatabase(), clock);
    expect(again.list().map(({ kind, id, data }) => ({ kind, id, data }))).toEqual([
      { kind: "scratch", id: "s1", data: { folder: "/x" } },
      { kind: "compute-system", id: "c1", data: {} },
    ]);
    expect(again.list("scratch").map(({ id }) => id)).toEqual(["s1"]);
    expect(again.list("scratch")[0]?.createdAt).toBeInstanceOf(Date);
  });

  it("waits for the disk when something is recorded, and not when it is cleared", () => {
    const synced: number[] = [];
    const database = new EngineDatabase(file, (descriptor) => void synced.push(fstatSync(descriptor).ino));
    opened.push(database);
    database.open();
    const journal = new SqliteResourceJournal(database);
    journal.record("scratch", "a", {});
    expect(synced).toEqual([statSync(`${file}-wal`).ino]);
    journal.clear("scratch", "a");
    transaction(database.connection, () => journal.record("scratch", "b", {}));
    // The end of a transaction waits by itself.
    expect(synced).toHaveLength(1);
    const level = () => database.connection.prepare("PRAGMA synchronous").get()?.synchronous;
    // NORMAL is 1, FULL is 2.
    expect([database.unsynced(level), level()]).toEqual([1, 2]);
    expect(() => database.unsynced(() => database.connection.exec("no SQL"))).toThrow();
    expect(level()).toBe(2);
  });

  it("replaces what is recorded again, and keeps its place; ids are unique within their kind only", () => {
    const journal = new SqliteResourceJournal(openDatabase());
    journal.record("folder", "same", { step: 1 });
    journal.record("endpoint", "same", {});
    journal.record("folder", "same", { step: 2 });
    expect(journal.list().map(({ kind, data }) => [kind, data])).toEqual([
      ["folder", { step: 2 }],
      ["endpoint", {}],
    ]);
  });
});
