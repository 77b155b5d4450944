import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { silentLogger } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineEvents } from "../src/events/engine-events.ts";
import { EventLog } from "../src/events/event-log.ts";
import { EventBus } from "../src/events/events.ts";
import { EngineDatabase } from "../src/state/database.ts";
import { SqliteResourceJournal } from "../src/state/journal.ts";
import { VolumeFolders } from "../src/volumes/volume-folders.ts";
import { VolumeRegistry } from "../src/volumes/volume-registry.ts";
import { VolumeStore } from "../src/volumes/volume-store.ts";
import { manualClock } from "./manual-clock.ts";

let root: string;
let database: EngineDatabase;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "oriel-volumes-"));
  database = new EngineDatabase(path.join(root, "oriel.db"));
  database.open();
});
afterEach(async () => {
  database.close();
  await rm(root, { recursive: true, force: true });
});

/** Ends the process, as far as volumes can see, at one of its steps: nothing after it happens. */
class Steps {
  #left: number;

  constructor(at: number) {
    this.#left = at;
  }

  get isOver(): boolean {
    return this.#left < 0;
  }

  /** `service`, each of whose methods is a step. */
  through<T extends object>(service: T, names: readonly (keyof T)[]): T {
    return new Proxy(service, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          if (names.includes(key as keyof T)) this.#left -= 1;
          if (this.isOver) throw new Error("the process is gone");
          return Reflect.apply(value, target, given);
        };
      },
    });
  }
}

function registryOf(steps = new Steps(1000)): VolumeRegistry {
  const log = new EventLog(database);
  const clock = manualClock();
  return new VolumeRegistry({
    folders: steps.through(new VolumeFolders(root), ["prepare", "move", "remove", "takeIn", "removeFilling"]),
    store: steps.through(new VolumeStore(database, log), ["insert", "delete"]),
    journal: steps.through(new SqliteResourceJournal(database, clock), ["record", "clear"]),
    events: new EngineEvents(new EventBus(), log, clock, silentLogger),
    clock,
    logger: silentLogger,
    usersOf: () => [],
  });
}

/** Starts anew, and returns the names of the volumes: exactly those have a folder, and nothing is left to do. */
async function namesAfterRestart(): Promise<string[]> {
  const registry = registryOf();
  await registry.start();
  const names = registry.all().map(({ name }) => name);
  const folder = path.join(root, "volumes");
  expect(existsSync(folder) ? (await readdir(folder)).sort() : []).toEqual(names);
  for (const name of names) expect(existsSync(registry.folders.dataOf(name))).toBe(true);
  expect(new SqliteResourceJournal(database).list("volume")).toEqual([]);
  return names;
}

/** Runs `work` until its `at`th step; returns whether it ended there. */
async function cutShort(at: number, work: (registry: VolumeRegistry) => Promise<unknown>): Promise<boolean> {
  const steps = new Steps(at);
  const registry = registryOf(steps);
  await registry.start();
  await work(registry).catch((error: unknown) => {
    if (!steps.isOver) throw error;
  });
  return steps.isOver;
}

describe("after a crash at any step", () => {
  it("of its creation a volume is there whole, or not at all", async () => {
    const found: string[][] = [];
    for (let at = 0; await cutShort(at, (registry) => registry.create("data", { a: "b" })); at += 1) {
      found.push(await namesAfterRestart());
      const registry = registryOf();
      await registry.start();
      if (registry.find("data") !== undefined) await registry.remove("data");
    }
    // Before: the journal, the folders, the row; then: its name, the journal again.
    expect(found).toEqual([[], [], [], ["data"], ["data"]]);
  });

  it("of its removal a volume is there untouched, or not at all", async () => {
    const found: string[][] = [];
    for (let at = 0; ; at += 1) {
      const first = registryOf();
      await first.start();
      if (first.find("data") === undefined) await first.create("data", undefined);
      await writeFile(path.join(first.folders.dataOf("data"), "a.txt"), "a");
      if (!(await cutShort(at, (registry) => registry.remove("data")))) break;
      const names = await namesAfterRestart();
      if (names.length > 0) expect(await readdir(first.folders.dataOf("data"))).toEqual(["a.txt"]);
      found.push(names);
    }
    // The journal, the folder's other name, the row, the files, the journal again.
    expect(found).toEqual([["data"], ["data"], [], [], []]);
  });

  it("of its filling a volume is as empty as before, or full, and never in between", async () => {
    const whole = ["a.txt", "b.txt"];
    const copy = async (target: string): Promise<boolean> => {
      await mkdir(path.join(target, "Files", "data"), { recursive: true });
      for (const name of whole) await writeFile(path.join(target, "Files", "data", name), name);
      return true;
    };
    const found: string[][] = [];
    for (let at = 0; ; at += 1) {
      const first = registryOf();
      await first.start();
      if (first.find("data") !== undefined) await first.remove("data");
      await first.create("data", undefined);
      if (!(await cutShort(at, (registry) => registry.fill("data", { names: ["data"], copy })))) break;
      await namesAfterRestart();
      expect(await readdir(first.folders.pathOf("data"))).toEqual(["_data"]);
      found.push((await readdir(first.folders.dataOf("data"))).sort());
    }
    // The journal, the journal again, the move, what is left of the gathering, the journal.
    expect(found).toEqual([[], [], whole, whole, whole]);
  });
});
