import type { ContainerConfig, HostConfig, RuntimeSpec } from "@oriel/contracts";
import type { EngineEvent, MountPoint } from "../engine-api.ts";
import type { EventLog } from "../events/event-log.ts";
import { type ContainerNetworks, networksOf } from "../networks/container-networks.ts";
import type { EngineDatabase } from "../state/database.ts";
import { mountsOfOlderRow } from "../volumes/older-mounts.ts";
import type { StoredStatus } from "./container-state.ts";

/** What is kept of a container across restarts of the daemon. Never changed in place. */
export interface ContainerData {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly imageId: string;
  /** `os` of the image's configuration. */
  readonly imageOs: string;
  /** The layer that its scratch stands on. */
  readonly chainId: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly isolation: "process" | "hyperv";
  readonly scratchFolder: string;
  readonly status: StoredStatus;
  readonly exitCode: number;
  /** Whether a limit of memory has ended a process of the last run. */
  readonly oomKilled: boolean;
  readonly error: string;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly restartCount: number;
  /** The last run was ended by stop or kill, which ends the restart policy too. */
  readonly stoppedByUser: boolean;
  /** In the order of their destinations. The sources of volumes are empty: their folders follow from their names. */
  readonly mounts: readonly MountPoint[];
  /** There from before the runtime is asked to make the container until it has forgotten it: what a crash may have left. */
  readonly spec: RuntimeSpec | undefined;
  /** How it is connected to each of its networks, also while it does not run. */
  readonly networks: ContainerNetworks;
}

const columns = [
  "id",
  "name",
  "created_at",
  "config",
  "host_config",
  "image_id",
  "image_os",
  "chain_id",
  "path",
  "args",
  "isolation",
  "scratch_folder",
  "status",
  "exit_code",
  "oom_killed",
  "error",
  "started_at",
  "finished_at",
  "restart_count",
  "stopped_by_user",
  "spec",
  "networks",
  "mounts",
] as const;

type Column = (typeof columns)[number];
type Row = Record<Column, string | number | null>;

/** The table of containers. */
export class ContainerStore {
  readonly #database: EngineDatabase;
  readonly #events: EventLog;

  constructor(database: EngineDatabase, events: EventLog) {
    this.#database = database;
    this.#events = events;
  }

  /** Writes the whole row, new or not, and with it the event that tells of the change. */
  save(data: ContainerData, event?: EngineEvent): void {
    const row = toRow(data);
    const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
    this.#events.writeWith((connection) => {
      connection
        .prepare(
          `INSERT INTO containers (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
           ON CONFLICT (id) DO UPDATE SET ${updates.join(", ")}`,
        )
        .run(...columns.map((column) => row[column]));
    }, event);
  }

  delete(id: string, event?: EngineEvent): void {
    this.#events.writeWith((connection) => void connection.prepare("DELETE FROM containers WHERE id = ?").run(id), event);
  }

  /** Oldest first. */
  all(): ContainerData[] {
    const rows = this.#database.connection.prepare("SELECT * FROM containers ORDER BY created_at, id").all();
    return rows.map((row) => fromRow(row as Row));
  }
}

function toRow(data: ContainerData): Row {
  return {
    id: data.id,
    name: data.name,
    created_at: data.createdAt.toISOString(),
    config: JSON.stringify(data.config),
    host_config: JSON.stringify(data.hostConfig),
    image_id: data.imageId,
    image_os: data.imageOs,
    chain_id: data.chainId,
    path: data.path,
    args: JSON.stringify(data.args),
    isolation: data.isolation,
    scratch_folder: data.scratchFolder,
    status: data.status,
    exit_code: data.exitCode,
    oom_killed: data.oomKilled ? 1 : 0,
    error: data.error,
    started_at: data.startedAt?.toISOString() ?? null,
    finished_at: data.finishedAt?.toISOString() ?? null,
    restart_count: data.restartCount,
    stopped_by_user: data.stoppedByUser ? 1 : 0,
    spec: data.spec === undefined ? null : JSON.stringify(data.spec),
    mounts: JSON.stringify(data.mounts),
    networks: JSON.stringify(data.networks),
  };
}

function fromRow(row: Row): ContainerData {
  const config = JSON.parse(String(row.config)) as ContainerConfig;
  const hostConfig = JSON.parse(String(row.host_config)) as HostConfig;
  return {
    id: String(row.id),
    name: String(row.name),
    createdAt: new Date(String(row.created_at)),
    config,
    hostConfig,
    imageId: String(row.image_id),
    imageOs: String(row.image_os),
    chainId: String(row.chain_id),
    path: String(row.path),
    args: JSON.parse(String(row.args)) as string[],
    isolation: row.isolation === "hyperv" ? "hyperv" : "process",
    scratchFolder: String(row.scratch_folder),
    status: String(row.status) as StoredStatus,
    exitCode: Number(row.exit_code),
    oomKilled: row.oom_killed === 1,
    error: String(row.error),
    startedAt: row.started_at === null ? undefined : new Date(String(row.started_at)),
    finishedAt: row.finished_at === null ? undefined : new Date(String(row.finished_at)),
    restartCount: Number(row.restart_count),
    stoppedByUser: row.stopped_by_user === 1,
    mounts: row.mounts === null ? mountsOfOlderRow(hostConfig) : (JSON.parse(String(row.mounts)) as MountPoint[]),
    spec: row.spec === null ? undefined : (JSON.parse(String(row.spec)) as RuntimeSpec),
    networks: row.networks === null ? networksOf({ config, hostConfig }) : (JSON.parse(String(row.networks)) as ContainerNetworks),
  };
}
