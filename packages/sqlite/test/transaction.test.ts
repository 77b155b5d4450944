import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isInTransaction, transaction } from "../src/index.ts";

describe("a transaction", () => {
  let database: DatabaseSync;
  const count = () => database.prepare("SELECT count(*) AS count FROM rows").get()?.count;
  const insert = (value: number) => database.prepare("INSERT INTO rows VALUES (?)").run(value);

  beforeEach(() => {
    database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE rows (value INTEGER UNIQUE ON CONFLICT ROLLBACK)");
  });
  afterEach(() => database.close());

  it("keeps what was written, and is over when it returns", () => {
    const seen = transaction(database, () => {
      insert(1);
      return isInTransaction(database);
    });
    expect([seen, isInTransaction(database), count()]).toEqual([true, false, 1]);
  });

  it("that throws takes back what was written, and the next one begins", () => {
    const fault = new Error("no");
    expect(() =>
      transaction(database, () => {
        insert(1);
        throw fault;
      }),
    ).toThrow(fault);
    transaction(database, () => insert(2));
    expect([isInTransaction(database), count()]).toEqual([false, 1]);
  });

  it("that SQLite itself rolled back reports SQLite's error, and the next one begins", () => {
    expect(() =>
      transaction(database, () => {
        insert(1);
        insert(1);
      }),
    ).toThrow(/UNIQUE constraint/);
    transaction(database, () => insert(3));
    expect(count()).toBe(1);
  });
});
