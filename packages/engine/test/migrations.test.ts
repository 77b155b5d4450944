import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { HostConfig } from "@oriel/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContainerStore } from "../src/containers/container-store.ts";
import { EventLog } from "../src/events/event-log.ts";
import { EngineDatabase } from "../src/state/database.ts";
import { migrations } from "../src/state/migrations.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oriel-migrations-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A database of a former version, with these containers, and then its containers as this version reads them. */
function containersOf(version: number, rows: Readonly<Record<string, { readonly hostConfig: HostConfig; readonly mounts?: string }>>) {
  const file = path.join(folder, "oriel.db");
  const old = new DatabaseSync(file);
  for (const migration of migrations.slice(0, version)) {
    if (typeof migration === "string") old.exec(migration);
    else migration(old);
  }
  for (const [id, { hostConfig, mounts }] of Object.entries(rows)) {
    old
      .prepare(
        `INSERT INTO containers (id, name, created_at, config, host_config, image_id, image_os, chain_id, path, args, isolation,
           scratch_folder, status, exit_code, error, restart_count, stopped_by_user)
         VALUES (?, ?, '2026-01-01T00:00:00.000Z', '{"Image":"nano"}', ?, 'sha256:i', 'windows', 'sha256:c', 'cmd', '[]', 'process',
           '/s', 'exited', 0, '', 0, 0)`,
      )
      .run(id, id, JSON.stringify(hostConfig));
    if (mounts !== undefined) old.prepare("UPDATE containers SET mounts = ? WHERE id = ?").run(mounts, id);
  }
  old.exec(`PRAGMA user_version = ${version}`);
  old.close();
  const database = new EngineDatabase(file);
  database.open();
  try {
    return { containers: new ContainerStore(database, new EventLog(database)).all(), stored: storedMounts(database) };
  } finally {
    database.close();
  }
}

function storedMounts({ connection }: EngineDatabase): unknown[] {
  return connection
    .prepare("SELECT mounts FROM containers ORDER BY id")
    .all()
    .map(({ mounts }) => JSON.parse(String(mounts)));
}

describe("containers that a former version made", () => {
  const Binds = ["C:\\Windows\\Temp:D:\\Z:ro", "\\\\.\\pipe\\feed:\\\\.\\pipe\\in"];
  const Mounts = [{ Type: "bind" as const, Source: "C:\\Logs", Target: "C:\\logs" }];
  const resolved = [
    { type: "npipe", source: "\\\\.\\pipe\\feed", destination: "\\\\.\\pipe\\in", readOnly: false },
    { type: "bind", source: "C:\\Logs", destination: "C:\\logs", readOnly: false },
    { type: "bind", source: "c:\\windows\\temp", destination: "d:\\z", readOnly: true },
  ];

  it.each([
    ["without a column for mounts", 4],
    ["with one that is empty", 5],
  ])("have their mounts resolved and stored, once: a version %s", (_, version) => {
    const { containers, stored } = containersOf(version, { a: { hostConfig: { Binds, Mounts } }, b: { hostConfig: {} } });
    expect(containers.map(({ id, mounts }) => [id, mounts])).toEqual([
      ["a", resolved],
      ["b", []],
    ]);
    expect(containers[0]?.hostConfig).toEqual({ Binds, Mounts });
    expect(stored).toEqual([resolved, []]);
  });

  it("have no mounts where these are refused now", () => {
    expect(containersOf(4, { a: { hostConfig: { Binds: ["C:\\x:C:\\"] } } }).stored).toEqual([[]]);
  });

  it("keep the mounts that they have, whatever their options say", () => {
    const own = [{ type: "volume", source: "", destination: "c:\\data", readOnly: false, volume: { name: "data" } }];
    const { containers } = containersOf(5, { a: { hostConfig: { Binds }, mounts: JSON.stringify(own) } });
    expect(containers[0]?.mounts).toEqual(own);
  });
});
