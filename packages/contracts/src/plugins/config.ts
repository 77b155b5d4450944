/** An npm package that exports `plugin`: its name, or its absolute path. */
export type PackageReference = string & {};

/** The whole configuration of one engine, after the TOML file, the environment and the flags were merged. */
export interface OrielConfig {
  /** Folder that holds everything the daemon keeps. Absolute. */
  readonly root: string;
  /** Listening addresses: `unix:///path/x.sock`, `tcp://127.0.0.1:2375`, on Windows also `npipe:////./pipe/oriel`. */
  readonly hosts: readonly string[];
  /** What stands behind the raw HCS interface. `auto`: windows on Windows, emulated elsewhere. */
  readonly hcs: "auto" | "windows" | "emulated" | PackageReference;
  readonly storage: "windowsfilter" | "windowsdiff" | "snapshotter" | PackageReference;
  readonly runtime: "local" | "containerd" | PackageReference;
  /** Isolation of a container that asks for none. */
  readonly isolation: "process" | "hyperv";
  /** Windows builds that images may be of: those that the host runs, or any. */
  readonly imageBuilds: "matching" | "any";
  /** MiB that an image archive, and all layers of one load together, may have unpacked. */
  readonly maxUnpackedMiB: number;
  /** Domains that containers without a search list of their own look names up in. */
  readonly dnsSearch: readonly string[];
  /** Folder of what utility VMs of Linux containers boot from; empty: where Docker puts it. */
  readonly linuxKernels: string;
  /** Further plugins. One that provides what a built-in plugin does takes its place. */
  readonly plugins: readonly PackageReference[];
  readonly log: { readonly level: "debug" | "info" | "warn" | "error" };
  readonly deadlines: DeadlineConfig;
  readonly windows: WindowsConfig;
  readonly emulator: EmulatorConfig;
}

/** Deadlines in seconds. */
export interface DeadlineConfig {
  /** A call into HCS. hcsshim's default is four minutes. */
  readonly call: number;
  /** Wait for the notification that a pending create or start is complete. */
  readonly notification: number;
  /** Wait for a compute system to end after a shutdown, before it is terminated. */
  readonly shutdown: number;
  /** Wait for a compute system to end after it was terminated. */
  readonly terminate: number;
}

export interface WindowsConfig {
  /** Path of the DLL that stands for vmcompute.dll; empty: Windows' own. */
  readonly vmcompute: string;
  /** Path of the DLL that stands for computestorage.dll; empty: Windows' own. */
  readonly computestorage: string;
  /** Path of the DLL that stands for virtdisk.dll; empty: Windows' own. */
  readonly virtdisk: string;
  /** Path of the DLL that stands for what of kernel32.dll reads and writes files of layers; empty: Windows' own. */
  readonly backup: string;
  /** Calls into HCS that can be under way at once. */
  readonly threads: number;
}

export interface EmulatorConfig {
  /** Path of the Wine loader; empty: looked for. */
  readonly wine: string;
  /** How a container's root is made: overlay mount, copy, or whichever the host allows. */
  readonly rootfs: "auto" | "overlay" | "copy";
  /** `contained`: containers run in sandboxes or not at all; `none`: with all rights of the daemon. */
  readonly isolation: "contained" | "none";
  /** `auto`: bridges and name spaces where they can be made; `host`: containers use the host's network. */
  readonly network: "auto" | "host";
  /** Processes and threads that a contained container may have. */
  readonly processes: number;
  /** Windows version reported: `10.0.20348.2113`. */
  readonly osVersion: string;
  /** Path of a JSON file with faults to inject; empty: none. */
  readonly faults: string;
}
