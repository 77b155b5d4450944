import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, type OsVersion, type RawHcs, S_OK } from "@oriel/contracts";
import { createEmulatedCompute, type EmulatedCompute } from "./compute/emulated-compute.ts";
import { containerUserOf, openSwappedNames } from "./containment/container-user.ts";
import { type Containment, findContainment, isContainment, type NoContainment } from "./containment/containment.ts";
import type { Fault } from "./faults/fault.ts";
import { type FaultControls, FaultPlan } from "./faults/fault-plan.ts";
import { withFaults } from "./faults/faulty-hcs.ts";
import { createBackupFiles } from "./files/backup-files.ts";
import { removeStaleGuest } from "./guest/end-guest.ts";
import { StdioHandles } from "./guest/stdio-handles.ts";
import { createRegistry } from "./host/registry.ts";
import { findLinkHost } from "./host-network/find-link-host.ts";
import type { LinkHost } from "./host-network/link-host.ts";
import { isLinkHost, type NoLinkHost } from "./host-network/link-host.ts";
import { networkNames } from "./host-network/network-names.ts";
import { createEmulatedLayers } from "./layers/emulated-layers.ts";
import { LayerVolumes } from "./layers/layer-volumes.ts";
import { LayerWork } from "./layers/layer-work.ts";
import type { Rootfs } from "./layers/rootfs.ts";
import { copyRootfs } from "./layers/rootfs-copy.ts";
import { overlayAllowed, overlayRootfs, removeProbes, unmountLeftovers } from "./layers/rootfs-overlay.ts";
import type { ContainerGroups } from "./limits/container-group.ts";
import { createContainerGroups } from "./limits/container-groups.ts";
import { findLinuxTools, type LinuxTools } from "./linux/linux-tools.ts";
import { createEmulatedNetwork } from "./network/emulated-network.ts";
import { createEmulatedDisks } from "./storage/emulated-disks.ts";
import { createEmulatedStorage } from "./storage/emulated-storage.ts";
import { acquireLayerThreads } from "./threads/layer-threads.ts";
import { findWine, type WineInstallation } from "./wine-installation.ts";

export interface EmulatedHcsOptions {
  /** Folder of the engine. The service keeps its state in `hcs` below it, and looks after roots mounted anywhere below it. */
  readonly root: string;
  /** How container roots are made. @default "auto": overlay mounts where the host allows them, else copies */
  readonly rootfs?: "auto" | "overlay" | "copy" | undefined;
  /** Path of the Wine loader. @default "": looked for at each start of a container */
  readonly wine?: string | undefined;
  /** Windows version to report, four numbers. @default "10.0.20348.2113" */
  readonly osVersion?: string | undefined;
  /** @default "contained": in a sandbox, or not at all; "none": with all rights of this process on the host */
  readonly isolation?: "contained" | "none" | undefined;
  /** @default "auto": bridges and name spaces where this process can make them; "host": containers use this host's network */
  readonly network?: "auto" | "host" | undefined;
  /** Processes and threads that a container may have, where it is contained. @default 4096 */
  readonly processes?: number | undefined;
  /** What goes wrong on purpose from the start. @default none */
  readonly faults?: readonly Fault[] | undefined;
  /** Told what a user should know of a container that runs all the same: a limit that the host does not keep. @default nobody */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** The Host Compute Service of a machine that has none. */
export interface EmulatedHcs extends RawHcs {
  readonly provider: "emulated";
  /** What goes wrong on purpose. */
  readonly faults: FaultControls;
  /** Takes away what a former process of this folder left: Wine processes, prefixes, mounts. Answers a line for each. */
  start(): Promise<readonly string[]>;
  /** Ends every compute system and unmounts every root. */
  close(): Promise<void>;
  /** Facts for the host's description. */
  describe(): Promise<{
    readonly wine: WineInstallation | undefined;
    readonly rootfs: "overlay" | "copy";
    /** undefined: containers are not contained, as `isolation` says. */
    readonly containment: Containment | NoContainment | undefined;
    readonly network: LinkHost | NoLinkHost;
    readonly limits: Awaited<ReturnType<ContainerGroups["support"]>>;
  }>;
  /** Open handles of each kind; tests see leaks by them. */
  liveHandles(): ReturnType<EmulatedCompute["liveHandles"]> & { readonly pipes: number; readonly files: number; readonly disks: number };
}

/** @throws InvalidArgumentError for a version that is no four numbers, for what is no fault, and for a root that Wine cannot name. */
export function createEmulatedHcs(options: EmulatedHcsOptions): EmulatedHcs {
  const { root, rootfs = "auto", wine = "" } = options;
  if (root.includes("\\")) {
    throw new InvalidArgumentError(`the root folder ${root} has a backslash in its name, which Wine takes for the end of a folder's`, {
      op: "emulated-hcs.open",
      resource: root,
      remedy: "choose another with --root",
    });
  }
  const version = parseVersion(options.osVersion ?? "10.0.20348.2113");
  const folder = path.join(root, "hcs");
  /** What the host itself has, beside its compute systems. */
  const host = path.join(root, "hcs-host");
  const plan = new FaultPlan(options.faults);
  const warn = options.onWarning ?? (() => undefined);
  const stdio = new StdioHandles();
  const { threads, release } = acquireLayerThreads();

  // Looked for again after a refusal, as the user may have installed it meanwhile.
  let contained: Containment | undefined;
  const containment = async (): Promise<Containment | NoContainment | undefined> => {
    if (options.isolation === "none") return undefined;
    const found = contained ?? (await findContainment(path.join(host, "sandbox")));
    if (isContainment(found)) contained = found;
    return found;
  };
  /** By whose numbers the owners of a scratch's files are shown, where its programs run as a user of their own. */
  const namesOf = async (scratch: string): Promise<number | undefined> => {
    const found = await containment();
    return found !== undefined && isContainment(found) && found.ownUsers ? openSwappedNames(containerUserOf(scratch)) : undefined;
  };

  let chosen: Promise<Rootfs> | undefined;
  const roots = {
    overlay: overlayRootfs({
      // Short calls: a container that starts does not wait for images that are unpacked.
      mount: (scratch, parents, names) => threads.call("attachOverlay", scratch, parents, names),
      names: namesOf,
      unmount: (target) => threads.call("unmountOverlay", target),
    }),
    copy: copyRootfs((scratch, parents) => threads.work("copyRoot", scratch, parents)),
  };
  const chooseRootfs = (): Promise<Rootfs> => {
    chosen ??=
      rootfs === "auto" ? overlayAllowed(host).then((allowed) => (allowed ? roots.overlay : roots.copy)) : Promise.resolve(roots[rootfs]);
    return chosen;
  };

  // Looked for again until it is there: a user may install it while the daemon runs.
  let installed: WineInstallation | undefined;
  const findOnce = async (): Promise<WineInstallation | undefined> => {
    installed ??= await findWine(wine);
    return installed;
  };

  // Looked for again after a refusal, as the user may have installed them meanwhile.
  let linux: LinuxTools | undefined;
  const linuxTools = async (): Promise<LinuxTools | string> => {
    const found = linux ?? (await findLinuxTools());
    if (typeof found !== "string") linux = found;
    return found;
  };

  const volumes = new LayerVolumes(chooseRootfs);
  const work = new LayerWork(volumes, threads, warn);
  const layers = createEmulatedLayers(volumes, work);
  const { closeAll: closeFiles, openFiles, ...files } = createBackupFiles(threads, (volume) => volumes.rootOf(volume));
  const disks = createEmulatedDisks(volumes);
  const names = networkNames(root);
  // Looked for again after a refusal, as the user may have installed it meanwhile.
  let links: Promise<LinkHost | NoLinkHost> | undefined;
  const linkHost = async (): Promise<LinkHost | NoLinkHost> => {
    if (options.isolation === "none") return { why: 'containers are not contained (emulator.isolation = "none")', remedy: "" };
    if (options.network === "host") return { why: 'that is asked for (emulator.network = "host")', remedy: "" };
    links ??= findLinkHost(names, warn);
    const found = await links;
    if (!isLinkHost(found) && found.isTried !== true) links = undefined;
    return found;
  };
  const network = createEmulatedNetwork({
    file: path.join(host, "hns.json"),
    names,
    host: async () => {
      const found = await linkHost();
      return found !== undefined && isLinkHost(found) ? found : undefined;
    },
    warn,
  });
  const groups = createContainerGroups({ root });
  const compute = createEmulatedCompute({
    layers,
    network,
    stdio,
    faults: plan,
    groups,
    warn,
    folder,
    wine: findOnce,
    containment,
    processes: options.processes ?? 4096,
    linuxTools,
  });

  const raw: RawHcs = {
    provider: "emulated",
    compute: compute.raw,
    layers: layers.raw,
    storage: createEmulatedStorage(volumes, work, disks),
    disk: disks.raw,
    network: network.raw,
    win32: {
      ...files,
      ...stdio.raw,
      ...createRegistry(path.join(host, "registry.json"), version),
      RtlGetVersion: async () => ({ hresult: S_OK, version }),
    },
  };

  return {
    ...withFaults(raw, plan),
    provider: "emulated",
    faults: plan,

    start: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const guests = await readdir(folder);
      // What is frozen answers nobody who asks it to end.
      await groups.removeStale();
      await Promise.all(guests.map((name) => removeStaleGuest(path.join(folder, name))));
      await network.start();
      const roots = await unmountLeftovers(root);
      await removeProbes(host);
      return [...guests.map((name) => `ended what was left of compute system ${name}`), ...roots.map((name) => `unmounted ${name}`)];
    },
    close: async () => {
      plan.close();
      await compute.close();
      await network.close();
      const found = await links;
      if (found !== undefined && isLinkHost(found)) found.close?.();
      await volumes.close();
      await closeFiles();
      release();
    },
    describe: async () => ({
      wine: await findOnce(),
      rootfs: (await chooseRootfs()).kind,
      containment: await containment(),
      network: await linkHost(),
      limits: await groups.support(),
    }),
    liveHandles: () => ({ ...compute.liveHandles(), pipes: stdio.size, files: openFiles(), disks: disks.openDisks() }),
  };
}

function parseVersion(text: string): OsVersion {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (parts === null) {
    throw new InvalidArgumentError(`emulator.osVersion '${text}' is no Windows version; give four numbers, such as 10.0.20348.2113`, {
      op: "emulated-hcs.create",
    });
  }
  const [major = 0, minor = 0, build = 0, revision = 0] = parts.slice(1).map(Number);
  return { major, minor, build, revision };
}
