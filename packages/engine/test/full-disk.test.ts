import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isDiskFull } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineDatabase } from "../src/state/database.ts";
import { SqliteResourceJournal } from "../src/state/journal.ts";

const skipped = process.platform === "linux" && process.getuid?.() === 0 ? undefined : "a tmpfs can be mounted by root on Linux only";

describe.skipIf(skipped !== undefined)(`a database on a full disk${skipped ? ` (skipped: ${skipped})` : ""}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "oriel-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
  });
  afterEach(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });

  const fill = () => {
    for (const bytes of [65_536, 512]) {
      try {
        for (;;) appendFileSync(path.join(folder, "filler"), Buffer.alloc(bytes));
      } catch (error) {
        expect(isDiskFull(error)).toBe(true);
      }
    }
  };
  const opened = () => {
    const database = new EngineDatabase(path.join(folder, "oriel.db"));
    database.open();
    return { database, journal: new SqliteResourceJournal(database) };
  };

  it("takes the notes of many removals, and of what is made in between", () => {
    const { database, journal } = opened();
    const ids = Array.from({ length: 50 }, (_, index) => `c${index}`);
    for (const id of ids) journal.record("scratch", id, { folder: `/somewhere/${id}` });
    fill();
    for (const id of ids) journal.record("scratch", id, { folder: `/somewhere/${id}`, removing: true });
    for (const id of ids) journal.clear("scratch", id);
    for (const id of ids) journal.record("mounted-layer", id, {});
    expect(journal.list().map(({ id }) => id)).toEqual(ids);
    database.close();
  });

  it("opens after a kill, and takes notes again", () => {
    const { database, journal } = opened();
    journal.record("scratch", "c1", {});
    const copy = mkdtempSync(path.join(folder, "killed-"));
    // What a kill leaves: the file and its log, never closed.
    for (const name of ["oriel.db", "oriel.db-wal"]) execFileSync("cp", [path.join(folder, name), copy]);
    database.close();
    fill();
    const killed = new EngineDatabase(path.join(copy, "oriel.db"));
    killed.open();
    const left = new SqliteResourceJournal(killed);
    expect(left.list().map(({ id }) => id)).toEqual(["c1"]);
    left.clear("scratch", "c1");
    expect(left.list()).toEqual([]);
    killed.close();
  });

  it("that cannot be opened says that the disk is full, and what to do", () => {
    opened().database.close();
    fill();
    expect(opened).toThrow(
      expect.objectContaining({
        code: "FailedPrecondition",
        message: expect.stringContaining("its disk is full"),
        remedy: expect.stringContaining("free a few MB"),
      }),
    );
  });
});
