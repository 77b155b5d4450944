/**
 * The part of the OCI runtime specification (1.2) that Windows containers use. Field names are the specification's own.
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config-windows.md
 */
export interface RuntimeSpec {
  ociVersion: string;
  process?: ProcessSpec;
  root?: { path: string; readonly?: boolean };
  hostname?: string;
  domainname?: string;
  mounts?: MountSpec[];
  annotations?: Record<string, string>;
  windows?: WindowsSpec;
  /** Only for a Linux container in a utility VM. */
  linux?: LinuxSpec;
}

export interface ProcessSpec {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: { username?: string; uid?: number; gid?: number; umask?: number; additionalGids?: number[] };
  /** Absent when `commandLine` is there. */
  args?: string[];
  /** The whole command line, handed to CreateProcess as it is. */
  commandLine?: string;
  /** `NAME=value` each. */
  env?: string[];
  cwd: string;
  /** Linux only. */
  capabilities?: { bounding?: string[]; effective?: string[]; inheritable?: string[]; permitted?: string[]; ambient?: string[] };
  /** Linux only. */
  noNewPrivileges?: boolean;
}

export interface MountSpec {
  destination: string;
  source?: string;
  type?: string;
  options?: string[];
}

export interface WindowsSpec {
  /** Immediate parent first, base, then the scratch last. */
  layerFolders: string[];
  devices?: { id: string; idType: string }[];
  resources?: {
    memory?: { limit?: number };
    cpu?: { count?: number; shares?: number; maximum?: number };
    storage?: { iops?: number; bps?: number; sandboxSize?: number };
  };
  credentialSpec?: unknown;
  servicing?: boolean;
  ignoreFlushesDuringBoot?: boolean;
  hyperv?: { utilityVMPath?: string };
  network?: {
    endpointList?: string[];
    allowUnqualifiedDNSQuery?: boolean;
    DNSSearchList?: string[];
    networkSharedContainerName?: string;
    networkNamespace?: string;
  };
}

/** What a Linux container in a utility VM needs. */
export interface LinuxSpec {
  namespaces?: { type: string; path?: string }[];
  maskedPaths?: string[];
  readonlyPaths?: string[];
  cgroupsPath?: string;
  sysctl?: Record<string, string>;
}
