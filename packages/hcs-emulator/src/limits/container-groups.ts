import { createHash } from "node:crypto";
import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { cgroupGroup, type GroupFolders, removeFolders, thawFolder } from "./cgroup-group.ts";
import { type CgroupHierarchy, cgroupHierarchies } from "./cgroup-mounts.ts";
import { type CgroupSetting, settingsOfV1, settingsOfV2 } from "./cgroup-settings.ts";
import type { ContainerGroup, ContainerGroups } from "./container-group.ts";
import type { ContainerLimits } from "./container-limits.ts";
import { signalAll, stopAll } from "./process-signals.ts";

export interface ContainerGroupsOptions {
  /** Folder of the engine: the groups of several engines are kept apart by it. */
  readonly root: string;
  /** Texts of /proc/self/mountinfo and /proc/self/cgroup. @default those of this process */
  readonly proc?: { readonly mountinfo: string; readonly membership: string };
}

/** Where the groups of an engine's containers are. */
interface Place {
  readonly version: 1 | 2;
  /** Folders that have a folder for each container in them, by controller. */
  readonly of: ReadonlyMap<string, string>;
  /** What the names of those folders begin with; the compute system's id follows. */
  readonly prefix: string;
}

/** Counted and frozen by are all containers; the others have folders where they limit something. */
const always = ["freezer", "cpuacct"];

/**
 * Groups below the one that this process is in, so that a limit that the host sets for the engine holds for its containers
 * too.
 */
export function createContainerGroups(options: ContainerGroupsOptions): ContainerGroups {
  const prefix = `oriel-${createHash("sha256").update(options.root).digest("hex").slice(0, 12)}-`;
  let looked: Promise<Place | string> | undefined;
  const place = (): Promise<Place | string> => {
    looked ??= findPlace(options, prefix);
    return looked;
  };

  return {
    support: async () => {
      const found = await place();
      return typeof found === "string" ? { kind: "none", why: found } : { kind: `cgroup v${found.version}` };
    },
    create: async (name, limits, pids) => {
      const found = await place();
      return typeof found === "string" ? noGroup(limits, found, pids) : createGroup(found, name, limits);
    },
    removeStale: async () => {
      const found = await place();
      if (typeof found === "string") return [];
      const folders = [...new Set(found.of.values())];
      const names = new Set((await Promise.all(folders.map((folder) => groupsIn(folder, found.prefix)))).flat());
      for (const name of names) {
        const stale = folders.map((folder) => path.join(folder, name));
        // A frozen process ends when it is thawed only, and it may be the group of another controller that holds it.
        for (const folder of stale) await thawFolder(found.version, folder);
        await removeFolders(stale);
      }
      return [...names].map((name) => name.slice(found.prefix.length));
    },
  };
}

async function groupsIn(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix)).map(({ name }) => name);
}

async function createGroup(place: Place, name: string, limits: ContainerLimits): Promise<ContainerGroup> {
  const settings = place.version === 1 ? settingsOfV1(limits) : settingsOfV2(limits);
  const warnings = new Map<string, string>();
  const of = new Map<string, string>();
  const make = async (controller: string): Promise<string> => {
    const parent = place.of.get(controller);
    if (parent === undefined)
      throw new Error(`the host has no ${controller} controller of ${place.version === 1 ? "control groups" : "cgroup v2"} here`);
    const folder = path.join(parent, `${place.prefix}${name}`);
    await mkdir(folder, { recursive: true });
    of.set(controller, folder);
    return folder;
  };
  for (const controller of always) await make(controller).catch(() => undefined);
  for (const setting of settings) {
    await make(setting.controller)
      .then((folder) => apply(place, folder, setting))
      .catch((error: Error) => {
        if (!setting.optional) warnings.set(setting.limit, `the ${setting.limit} is not kept: ${error.message}`);
      });
  }
  return cgroupGroup({ version: place.version, of } satisfies GroupFolders, [...warnings.values()]);
}

async function apply(place: Place, folder: string, { controller, file, value }: CgroupSetting): Promise<void> {
  const target = path.join(folder, file);
  // Otherwise a file would be made, where the kernel does not say no to that.
  await access(target, constants.W_OK).catch(() => {
    throw new Error(
      `the host lets nobody set ${file}${place.version === 2 ? ` here (it gives the engine no ${controller} controller)` : ""}`,
    );
  });
  await writeFile(target, value);
}

/** What limits come to where there are no groups: nothing. */
function noGroup(limits: ContainerLimits, why: string, pids: () => Promise<number[]>): ContainerGroup {
  const warnings = new Set(settingsOfV2(limits).map(({ limit }) => `the ${limit} is not kept: ${why}`));
  return { ...looseGroup(pids), warnings: [...warnings] };
}

/** Processes without a group of the host: pausing and counting work by each of them. It costs nothing at the start. */
export function looseGroup(pids: () => Promise<number[]>): ContainerGroup {
  return {
    enter: [],
    warnings: [],
    pids,
    processorTime: async () => undefined,
    memoryKills: async () => 0,
    freeze: () => stopAll(pids),
    thaw: async () => signalAll(await pids(), "SIGCONT"),
    remove: async () => undefined,
  };
}

async function findPlace(options: ContainerGroupsOptions, prefix: string): Promise<Place | string> {
  const read = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");
  const proc = options.proc ?? { mountinfo: await read("/proc/self/mountinfo"), membership: await read("/proc/self/cgroup") };
  const hierarchies = cgroupHierarchies(proc.mountinfo, proc.membership);
  const first = hierarchies.filter(({ version }) => version === 1);
  // Both can be mounted, and then version 1 has the controllers (the "hybrid" of systemd).
  if (first.some(({ controllers }) => controllers.some((name) => always.includes(name)))) return placeInV1(first, prefix);
  const second = hierarchies.find(({ version }) => version === 2);
  return second === undefined ? "the host has no control groups" : placeInV2(second, prefix);
}

/** Why no group can be made in the folder; undefined when one can. */
async function refusal(folder: string, prefix: string): Promise<string | undefined> {
  // No compute system has an empty id.
  const probe = path.join(folder, prefix);
  return mkdir(probe, { recursive: true })
    .then(() => rmdir(probe))
    .then(
      () => undefined,
      (error: Error) => error.message,
    );
}

async function placeInV1(hierarchies: readonly CgroupHierarchy[], prefix: string): Promise<Place | string> {
  const of = new Map<string, string>();
  let failure = "";
  for (const { controllers, own } of hierarchies) {
    const wanted = controllers.filter((name) => [...always, "memory", "cpu"].includes(name));
    const why = wanted.length === 0 ? "" : await refusal(own, prefix);
    if (why === undefined) for (const name of wanted) of.set(name, own);
    else failure ||= why;
  }
  return always.some((name) => of.has(name)) ? { version: 1, of, prefix } : failure;
}

/**
 * A group of version 2 has either processes or groups with controllers in it (cgroups(7), "no internal processes"). So the
 * containers' groups are below the engine's own only where that is the top; else beside it, in the group that holds it:
 * systemd gives that to a service with `Delegate=yes` and `DelegateSubgroup=`.
 */
async function placeInV2({ own, mount }: CgroupHierarchy, prefix: string): Promise<Place | string> {
  let failure = "";
  for (const parent of own === mount ? [own] : [path.dirname(own), own]) {
    const why = await refusal(parent, prefix);
    failure ||= why ?? "";
    if (why !== undefined) continue;
    for (const controller of ["+memory", "+cpu"]) {
      await writeFile(path.join(parent, "cgroup.subtree_control"), controller).catch(() => undefined);
    }
    return { version: 2, of: new Map([...always, "memory", "cpu"].map((controller) => [controller, parent])), prefix };
  }
  return failure;
}
