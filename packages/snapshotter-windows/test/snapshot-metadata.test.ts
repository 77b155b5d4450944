import { fstatSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseFilter } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MetadataDatabase } from "../src/metadata-database.ts";
import { migrations } from "../src/metadata-schema.ts";
import { SnapshotMetadata } from "../src/snapshot-metadata.ts";
import { selectCandidates } from "../src/snapshot-selection.ts";

let root: string;
let database: MetadataDatabase;
let metadata: SnapshotMetadata;
let now = 1000;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "oriel-snapshots-"));
  database = new MetadataDatabase(path.join(root, "metadata.db"));
  metadata = new SnapshotMetadata(database, () => now++);
});
afterEach(async () => {
  database.close();
  await rm(root, { recursive: true, force: true });
});

const begin = (name: string, parent?: string, labels = {}) =>
  metadata.begin({ kind: "active", name, parent, labels, folder: `folder-${name}` });
const commit = (name: string, parent?: string, labels = {}) => {
  const { id, folder } = begin(`key-${name}`, parent);
  metadata.finish(id);
  metadata.commit({ id, name, folder, labels, usage: { size: 5, inodes: 2 } });
};
const walk = (...filters: string[]) => metadata.load(metadata.candidates(filters.map(parseFilter))).map(({ info }) => info.name);

describe("metadata of snapshots", () => {
  test("hide a snapshot that is being made, but keep its name and its parent", () => {
    commit("base");
    const { id } = begin("a", "base");
    expect(() => metadata.require("a", "test")).toThrow(expect.objectContaining({ code: "NotFound" }));
    expect(walk()).toEqual(["base"]);
    expect(() => begin("a")).toThrow(expect.objectContaining({ code: "AlreadyExists" }));
    expect(() => metadata.remove("base")).toThrow(expect.objectContaining({ code: "Conflict" }));
    metadata.finish(id);
    expect(walk()).toEqual(["a", "base"]);
    expect(metadata.require("a", "test")).toMatchObject({ kind: "active", parent: "base", depth: 1, labels: {} });
  });

  test("leave a loose folder where a snapshot was given up, removed, or moved when it was committed", () => {
    const { id } = begin("a");
    metadata.abandon(id);
    commit("b");
    metadata.remove("b");
    const moved = begin("c");
    metadata.finish(moved.id);
    metadata.reserve("elsewhere");
    metadata.commit({ id: moved.id, name: "committed", folder: "elsewhere", labels: {}, usage: { size: 0, inodes: 0 } });
    expect(metadata.looseFolders().sort()).toEqual(["folder-a", "folder-c", "folder-key-b"]);
    metadata.release("folder-a");
    expect(metadata.looseFolders().sort()).toEqual(["folder-c", "folder-key-b"]);
  });

  test("tell which folders are not known to be on the disk, until they are, or are no scratch's any more", () => {
    commit("base");
    for (const name of ["a", "b", "c"]) metadata.finish(begin(name, "base").id);
    const unsettled = () => metadata.uncommitted().flatMap(({ name, settled }) => (settled ? [] : [name]));
    expect(unsettled()).toEqual(["a", "b", "c"]);
    metadata.settle(["folder-a", "folder-of-nobody"]);
    expect(unsettled()).toEqual(["b", "c"]);
    const { id, folder } = metadata.require("b", "test");
    metadata.commit({ id, name: "made", folder, labels: {}, usage: { size: 0, inodes: 0 } });
    expect(metadata.require("made", "test")).toMatchObject({ settled: true });
    expect(unsettled()).toEqual(["c"]);
  });

  test("of the first version are read: what it has was brought to the disk when it was made", () => {
    database.close();
    const file = path.join(root, "first.db");
    const old = new DatabaseSync(file);
    old.exec(`${migrations[0]}; PRAGMA user_version = 1`);
    old.exec("INSERT INTO snapshots VALUES (1, 'a', 'active', NULL, 0, 'folder-a', 0, 1, 2, 0, 0)");
    old.close();
    database = new MetadataDatabase(file);
    expect(new SnapshotMetadata(database).require("a", "test")).toMatchObject({ folder: "folder-a", settled: true });
  });

  test("take nothing of a call that is refused", () => {
    commit("base");
    const { id, folder } = begin("a", "base", { x: "1" });
    metadata.finish(id);
    expect(() => metadata.commit({ id, name: "base", folder, labels: {}, usage: { size: 0, inodes: 0 } })).toThrow(/already/);
    expect(() => metadata.update("a", { x: "2" }, ["labels", "kind"])).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    expect(metadata.require("a", "test")).toMatchObject({ kind: "active", labels: { x: "1" } });
    expect(metadata.looseFolders()).toEqual([]);
  });

  test("keep labels of any name", () => {
    const labels = JSON.parse('{"__proto__":"p","constructor":"c","a.b":"d"}') as Record<string, string>;
    const { id } = begin("a", undefined, labels);
    metadata.finish(id);
    expect(Object.entries(metadata.require("a", "test").labels).sort()).toEqual(Object.entries(labels).sort());
    expect(Object.keys(metadata.update("a", {}, ["labels.toString"]).labels)).toHaveLength(3);
    expect(Object.keys(metadata.update("a", {}, ["labels.constructor"]).labels).sort()).toEqual(["__proto__", "a.b"]);
  });

  test("are listed with the labels of each, and what a reader does with these alters no other", () => {
    const labels = [{ x: "1" }, { x: "1" }, { x: "2" }, {}, { x: "1" }];
    for (const [index, each] of labels.entries()) metadata.finish(begin(String(index), undefined, each).id);
    const listed = metadata.load(metadata.candidates([])).map(({ info }) => info);
    for (const [index, info] of listed.entries()) expect(metadata.require(String(index), "test")).toMatchObject(info);
    expect(listed.map((info) => info.labels)).toEqual(labels);
    expect(() => Object.assign(listed[0]?.labels ?? {}, { x: "3" })).toThrow(TypeError);
  });

  test("list the folders below, immediate parent first", () => {
    commit("1");
    commit("2", "1");
    commit("3", "2");
    expect(metadata.foldersBelow(metadata.require("3", "test"))).toEqual(["folder-key-2", "folder-key-1"]);
    expect(metadata.foldersBelow(metadata.require("1", "test"))).toEqual([]);
  });

  test("last beyond the process, and are locked as long as it has them", () => {
    commit("base", undefined, { x: "1" });
    const file = path.join(root, "metadata.db");
    expect(() => new MetadataDatabase(file)).toThrow(expect.objectContaining({ code: "Unavailable" }));
    database.close();
    database.close();
    expect(() => metadata.require("base", "test")).toThrow(expect.objectContaining({ code: "FailedPrecondition" }));
    database = new MetadataDatabase(file);
    expect(new SnapshotMetadata(database).require("base", "test")).toMatchObject({ labels: { x: "1" }, usage: { size: 5, inodes: 2 } });
  });

  test("are waited for until they are on disk where a caller is told of them, and nowhere else", () => {
    const synced: number[] = [];
    const file = path.join(root, "durable.db");
    database.close();
    database = new MetadataDatabase(file, (descriptor) => void synced.push(fstatSync(descriptor).ino));
    const own = new SnapshotMetadata(database);
    const begin = (name: string, folder: string) => own.begin({ kind: "active", name, parent: undefined, labels: {}, folder }).id;
    const { ino } = statSync(`${file}-wal`);
    const since = (work: () => unknown): number[] => {
      synced.length = 0;
      work();
      return [...synced];
    };
    const id = begin("a", "1");
    expect(since(() => begin("b", "2"))).toEqual([]);
    expect(since(() => own.reserve("3"))).toEqual([]);
    expect(since(() => own.finish(id))).toEqual([ino]);
    expect(since(() => own.settle(["1", "nobody's"]))).toEqual([ino]);
    expect(since(() => own.update("a", { x: "1" }, ["labels"]))).toEqual([ino]);
    expect(since(() => own.commit({ id, name: "made", folder: "3", labels: {}, usage: { size: 0, inodes: 0 } }))).toEqual([ino]);
    expect(since(() => own.release("1"))).toEqual([]);
    expect(since(() => own.remove("made"))).toEqual([ino]);
  });

  test("of a later version are refused, and left as they are", () => {
    database.run("PRAGMA user_version = 999");
    database.close();
    const open = () => new MetadataDatabase(path.join(root, "metadata.db"));
    expect(open).toThrow(/version 999/);
    expect(open).toThrow(expect.objectContaining({ code: "FailedPrecondition" }));
  });

  test.each([
    ["name==a"],
    ["name==a", "name==b"],
    ["parent==base"],
    ['labels."x.y"==1,kind==active'],
    ['labels."x.y"'],
    ['labels."x.y"==1', "parent==base,name!=z"],
  ])("are found by an index for the filters %s %s", (...filters: (string | undefined)[]) => {
    const { sql, values } = selectCandidates(filters.filter((filter) => filter !== undefined).map(parseFilter));
    const plan = database.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => String(detail));
    expect(plan.filter((step) => /\bSCAN (?:s|snapshots|labels)\b/.test(step))).toEqual([]);
    expect(plan.some((step) => /SEARCH s USING/.test(step))).toBe(true);
  });

  test("are looked up, added to and removed from without a scan", () => {
    const steps = [
      "SELECT 1 FROM snapshots WHERE name = 'a'",
      "SELECT name, making FROM snapshots WHERE parent = 1 LIMIT 1",
      "SELECT id, name FROM snapshots WHERE making = 1",
      "DELETE FROM labels WHERE snapshot = 1",
      "DELETE FROM snapshots WHERE id = 1",
    ];
    for (const step of steps) {
      const plan = database.all(`EXPLAIN QUERY PLAN ${step}`).map(({ detail }) => String(detail));
      expect(
        plan.filter((each) => each.startsWith("SCAN") && !each.includes("snapshots_in_making")),
        step,
      ).toEqual([]);
    }
  });
});
