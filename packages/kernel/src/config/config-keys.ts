import type { OrielConfig } from "@oriel/contracts";
import {
  absolutePath,
  absolutePathOrEmpty,
  domainNames,
  hostAddresses,
  oneOf,
  oneOfOrPackage,
  packageReferences,
  seconds,
  textLike,
  type ValueKind,
  wholeNumber,
} from "./value-kinds.ts";

type Leaf = string | number | boolean | readonly string[];

type KeysOf<T, Prefix extends string> = {
  [K in keyof T & string]: T[K] extends Leaf ? `${Prefix}${K}` : KeysOf<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** Every key of the configuration, as it is written: `hcs`, `log.level`. */
export type ConfigKey = KeysOf<OrielConfig, "">;

type ValueAt<T, K extends string> = K extends `${infer Section}.${infer Rest}`
  ? Section extends keyof T
    ? ValueAt<T[Section], Rest>
    : never
  : K extends keyof T
    ? T[K]
    : never;

/** The configuration without nesting: each key with the value that belongs to it. */
export type ConfigValues = { readonly [K in ConfigKey]: ValueAt<OrielConfig, K> };

/** What one source (a file, the environment, the flags) says. */
export type ConfigLayer = Partial<ConfigValues>;

/** The host, as far as defaults depend on it: Node.js' `process.platform`. */
export type Platform = "win32" | "linux" | "darwin" | (string & {});

export interface ConfigKeyRow<V> {
  readonly kind: ValueKind<V>;
  /** Environment variable. */
  readonly env: string;
  /** Command line flag of `oriel daemon`, for the keys that have one. */
  readonly flag?: string;
  readonly default: (platform: Platform) => V;
  /** One sentence or two, in Markdown. */
  readonly summary: string;
}

/** The configuration, one row a key. Files, environment, flags and docs/configuration.md all follow this table. */
export const configKeys: { readonly [K in ConfigKey]: ConfigKeyRow<ConfigValues[K]> } = {
  root: {
    kind: absolutePath,
    env: "ORIEL_ROOT",
    flag: "--root",
    default: (platform) => (platform === "win32" ? "C:\\ProgramData\\oriel" : "/var/lib/oriel"),
    summary: "Folder that holds everything the daemon keeps. One daemon at a time can hold it.",
  },
  hosts: {
    kind: hostAddresses,
    env: "ORIEL_HOST",
    flag: "--host",
    default: (platform) => [platform === "win32" ? "npipe:////./pipe/oriel" : "unix:///run/oriel.sock"],
    summary: "Addresses to listen on. `tcp` has neither encryption nor a password: keep it on the loopback address.",
  },
  hcs: {
    kind: oneOfOrPackage(["auto", "windows", "emulated"]),
    env: "ORIEL_HCS",
    flag: "--hcs",
    default: () => "auto",
    summary:
      "What stands behind the Host Compute Service interface. `auto` takes the real one on Windows and the emulated one elsewhere. The name or path of an npm package takes the one that the package's plugin provides.",
  },
  storage: {
    kind: oneOfOrPackage(["windowsfilter", "windowsdiff", "snapshotter"], { windows: "snapshotter" }),
    env: "ORIEL_STORAGE",
    flag: "--storage",
    default: () => "windowsfilter",
    summary:
      "Storage backend: `windowsfilter` is the graph driver, `windowsdiff` its older kind, which keeps the plain files of a layer's tar as they are and refuses links, and `snapshotter` keeps layers as snapshots; `windows`, its former name, is read, too. Images serve both, as layers that one does not have are unpacked again; a container starts with the one that it was made with. The name or path of an npm package takes the one that its plugin provides.",
  },
  runtime: {
    kind: oneOfOrPackage(["local", "containerd"]),
    env: "ORIEL_RUNTIME",
    flag: "--runtime",
    default: () => "local",
    summary:
      "What runs containers: this process over HCS, a containerd elsewhere, or, by its name or path, what the plugin of an npm package provides.",
  },
  isolation: {
    kind: oneOf("process", "hyperv"),
    env: "ORIEL_ISOLATION",
    flag: "--isolation",
    default: () => "process",
    summary:
      "Isolation of containers that ask for none. `hyperv` needs the Hyper-V feature and images that have a utility VM; Windows 10 and 11 allow `process` for development only.",
  },
  imageBuilds: {
    kind: oneOf("matching", "any"),
    env: "ORIEL_IMAGE_BUILDS",
    default: () => "matching",
    summary:
      "Windows builds that images may be of. `matching` refuses, on both kinds of host, what a Windows of the host's build would refuse, so that what runs on an emulated host runs on the Windows that it stands for. With `any` the emulated host runs images of all builds, as Wine can, and on Windows the compute service decides at the start; it always does where `windows.vmcompute` names another DLL. See also `emulator.osVersion`.",
  },
  maxUnpackedMiB: {
    kind: wholeNumber(1, 1024 ** 3),
    env: "ORIEL_MAX_UNPACKED_MIB",
    default: () => 256 * 1024,
    summary:
      "MiB that an image archive, and all layers of one load together, may have unpacked: a few kilobytes of a compressed archive can fill a disk. A load that comes to more is refused, and leaves nothing.",
  },
  dnsSearch: {
    kind: domainNames,
    env: "ORIEL_DNS_SEARCH",
    flag: "--dns-search",
    default: () => [],
    summary: "Domains in which containers look up names that are not complete. A container's own `--dns-search` takes their place.",
  },
  linuxKernels: {
    kind: absolutePathOrEmpty,
    env: "ORIEL_LINUX_KERNELS",
    default: () => "",
    summary:
      "Folder of the kernel, the initial RAM disk or the root disk that utility VMs of Linux containers boot from. The daemon itself makes Windows containers only; plugins can give the runtime specs of Linux containers. Empty: `C:\\Program Files\\Linux Containers`.",
  },
  plugins: {
    kind: packageReferences,
    env: "ORIEL_PLUGINS",
    flag: "--plugin",
    default: () => [],
    summary:
      "Further plugins, by the names or paths of their npm packages. Each exports `plugin`; one that provides what a built-in part does takes its place. `docs/plugins.md` shows how they are written, and where names are looked for.",
  },
  "log.level": {
    kind: oneOf("debug", "info", "warn", "error"),
    env: "ORIEL_LOG_LEVEL",
    flag: "--log-level",
    default: () => "info",
    summary: "Least severity that the daemon's log shows.",
  },
  "deadlines.call": {
    kind: seconds,
    env: "ORIEL_DEADLINE_CALL",
    default: () => 240,
    summary: "Seconds that one call into HCS, or into the host network service, may take.",
  },
  "deadlines.notification": {
    kind: seconds,
    env: "ORIEL_DEADLINE_NOTIFICATION",
    default: () => 240,
    summary: "Seconds to wait for the notification that a pending create or start is complete.",
  },
  "deadlines.shutdown": {
    kind: seconds,
    env: "ORIEL_DEADLINE_SHUTDOWN",
    default: () => 300,
    summary: "Seconds that a container has to end after it was asked to shut down, before it is terminated.",
  },
  "deadlines.terminate": {
    kind: seconds,
    env: "ORIEL_DEADLINE_TERMINATE",
    default: () => 300,
    summary: "Seconds to wait for a container to be gone after it was terminated.",
  },
  "windows.vmcompute": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_VMCOMPUTE",
    default: () => "",
    summary: "Path of a DLL to load in place of `vmcompute.dll`, as tests do. Empty: Windows' own.",
  },
  "windows.computestorage": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_COMPUTESTORAGE",
    default: () => "",
    summary: "Path of a DLL to load in place of `computestorage.dll`. Empty: Windows' own.",
  },
  "windows.virtdisk": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_VIRTDISK",
    default: () => "",
    summary: "Path of a DLL to load in place of `virtdisk.dll`. Empty: Windows' own.",
  },
  "windows.backup": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_BACKUP_DLL",
    default: () => "",
    summary: "Path of a DLL to take `BackupRead`, `BackupWrite` and the file functions that go with them from. Empty: `kernel32.dll`.",
  },
  "windows.threads": {
    kind: wholeNumber(1, 1024),
    env: "ORIEL_HCS_THREADS",
    default: () => 128,
    summary: "Calls into HCS that can be under way at once. Threads are made as they are needed, and each takes some 8 MB.",
  },
  "emulator.wine": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_WINE",
    default: () => "",
    summary: "Path of the Wine loader that runs the containers' programs. Empty: it is looked for.",
  },
  "emulator.rootfs": {
    kind: oneOf("auto", "overlay", "copy"),
    env: "ORIEL_ROOTFS",
    default: () => "auto",
    summary: "How a container's root is made: by an overlay mount, by copying, or by whichever the host allows.",
  },
  "emulator.isolation": {
    kind: oneOf("contained", "none"),
    env: "ORIEL_EMULATOR_ISOLATION",
    default: () => "contained",
    summary:
      "What keeps the programs of containers from the host. `contained` runs each container in a sandbox of bubblewrap, and starts none where the host has no way to make one. With `none` they have all rights of the daemon: its files, its processes and its network. `docs/security.md` says what is kept out.",
  },
  "emulator.network": {
    kind: oneOf("auto", "host"),
    env: "ORIEL_EMULATOR_NETWORK",
    default: () => "auto",
    summary:
      "What networks of containers are. `auto` makes bridges and network name spaces where it can: on Linux, with iproute2, and with nftables for the way out of the host; for a daemon that is not root's in a name space of its own, with slirp4netns or pasta. Elsewhere, and with `host`, containers that have an endpoint use the host's own network, and published ports are forwarded. `docker info` says which it is.",
  },
  "emulator.processes": {
    kind: wholeNumber(64, 4_194_304),
    env: "ORIEL_EMULATOR_PROCESSES",
    default: () => 4096,
    summary:
      "Processes and threads that a contained container may have, those of Wine among them: some 20 of a container with one program. Nothing counts them where `emulator.isolation` is `none`, or where containers cannot have users of their own, of which `docker info` warns.",
  },
  "emulator.osVersion": {
    kind: textLike("a Windows version such as 10.0.20348.2113", /^\d+\.\d+\.\d+\.\d+$/),
    env: "ORIEL_OS_VERSION",
    default: () => "10.0.20348.2113",
    summary: "Windows version that containers see and that images are compared with.",
  },
  "emulator.faults": {
    kind: absolutePathOrEmpty,
    env: "ORIEL_FAULTS",
    default: () => "",
    summary:
      "Path of a JSON file with faults that the emulated service injects, to test what stands above it. The README of `@oriel/hcs-emulator` shows them. Empty: none.",
  },
};

/** The keys in the order of the table. */
export const configKeyNames: readonly ConfigKey[] = Object.keys(configKeys) as ConfigKey[];

/** Tables that keys stand in: `log`, `deadlines`, `windows`, `emulator`. */
export const configSections: readonly string[] = [
  ...new Set(configKeyNames.filter((key) => key.includes(".")).map((key) => key.slice(0, key.indexOf(".")))),
];

export function isConfigKey(name: string): name is ConfigKey {
  return Object.hasOwn(configKeys, name);
}
