import { invalidOption } from "../invalid-option.ts";
import { type Isolation, imageOs } from "../spec/isolation.ts";
import type { SpecMount } from "./mounts.ts";

/** A secret or config that a container refers to. */
export interface DependencyReference {
  readonly id: string;
  /** Where the container sees it: an absolute path, or a name below the default folder. */
  readonly fileName: string;
}

/** The secrets, or the configs, of a container: the host's folder that holds them, each in a file named by its id. */
export interface DependencyFiles {
  readonly hostFolder: string;
  readonly references: readonly DependencyReference[];
}

/** A symbolic link to make in the container's file system; both paths are the container's. */
export interface DependencyLink {
  readonly path: string;
  readonly target: string;
}

export interface DependencyPlan {
  readonly mounts: readonly SpecMount[];
  /** To be made before the first start; empty later, as they are there then. */
  readonly links: readonly DependencyLink[];
  /**
   * Whether the container's file system must be mounted on the host to make the links. Never so for a Hyper-V container that
   * was started before: what ran in it could have prepared its file system against the host.
   */
  readonly mountsOnHost: boolean;
}

export interface PlanDependenciesOptions {
  /** `os` of the image's configuration. @default "windows" */
  readonly os?: string | undefined;
  readonly secrets?: DependencyFiles | undefined;
  readonly configs?: DependencyFiles | undefined;
  readonly isolation: Isolation;
  readonly hasBeenStartedBefore: boolean;
}

interface DependencyFolders {
  /** Where a name without a folder is. */
  readonly secret: string;
  readonly config: string;
  /** Where the mounted folders appear in the container; the links lead here. */
  readonly internalSecret: string;
  readonly internalConfig: string;
}

/** The visible folders are those of dockerd, as programs in images look there. */
export const dependencyFolders: Readonly<Record<"windows" | "linux", DependencyFolders>> = {
  windows: {
    secret: "C:\\ProgramData\\Docker\\secrets",
    config: "C:\\",
    internalSecret: "C:\\ProgramData\\Docker\\internal\\secrets",
    internalConfig: "C:\\ProgramData\\Docker\\internal\\configs",
  },
  linux: { secret: "/run/secrets", config: "/", internalSecret: "/run/internal/secrets", internalConfig: "/run/internal/configs" },
};

/**
 * How secrets and configs get into a container: their folders as read-only mounts, and links from where the
 * container looks for them. Paths are those of the container's operating system.
 * @throws InvalidArgumentError for a reference whose name is no plain path.
 */
export function planDependencies(options: PlanDependenciesOptions): DependencyPlan {
  const os = imageOs(options.os ?? "windows");
  const { secret, config, internalSecret, internalConfig } = dependencyFolders[os];
  const kinds = [
    { what: "secret", files: options.secrets, visible: secret, internal: internalSecret },
    { what: "config", files: options.configs, visible: config, internal: internalConfig },
  ];
  const visiblePath = os === "linux" ? linuxPath : windowsPath;
  const mounts: SpecMount[] = [];
  const links: DependencyLink[] = [];
  for (const { what, files, visible, internal } of kinds) {
    if (files === undefined || files.references.length === 0) continue;
    mounts.push({ source: files.hostFolder, destination: internal, readOnly: true });
    for (const reference of files.references) {
      if (reference.id === "" || /[\\/:]/.test(reference.id))
        throw invalidOption(`${what} id ${JSON.stringify(reference.id)}: must be a plain name`);
      const path = visiblePath(visible, reference.fileName);
      if (path === undefined) {
        throw invalidOption(
          `${what} file ${JSON.stringify(reference.fileName)}: must be a path in the container, absolute or below ${visible}`,
        );
      }
      links.push({ path, target: `${internal}${os === "linux" ? "/" : "\\"}${reference.id}` });
    }
  }
  const needed = options.hasBeenStartedBefore ? [] : links;
  return { mounts, links: needed, mountsOnHost: needed.length > 0 && options.isolation === "hyperv" };
}

/** The path in the container; undefined for what is none. */
function windowsPath(folder: string, fileName: string): string | undefined {
  const name = fileName.replaceAll("/", "\\");
  const isAbsolute = /^[a-z]:\\/i.test(name);
  const relative = isAbsolute ? name.slice(3) : name;
  if (relative === "" || relative.startsWith("\\") || /[\0:*?"<>|]/.test(relative) || relative.split("\\").includes("..")) return undefined;
  return isAbsolute ? name : `${folder.replace(/\\$/, "")}\\${name}`;
}

function linuxPath(folder: string, fileName: string): string | undefined {
  const segments = fileName.split("/");
  if (fileName.includes("\0") || segments.at(-1) === "" || segments.includes("..")) return undefined;
  return fileName.startsWith("/") ? fileName : `${folder.replace(/\/$/, "")}/${fileName}`;
}
