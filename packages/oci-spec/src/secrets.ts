import { invalidOption } from "./invalid-option.ts";
import type { Isolation } from "./isolation.ts";
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
  readonly secrets?: DependencyFiles;
  readonly configs?: DependencyFiles;
  readonly isolation: Isolation;
  readonly hasBeenStartedBefore: boolean;
}

// The folders are those of dockerd, as programs in images look there.
const secretFolder = "C:\\ProgramData\\Docker\\secrets";
const configFolder = "C:\\";
/** Where the mounted folders appear in the container; the links lead here. */
export const internalSecretFolder = "C:\\ProgramData\\Docker\\internal\\secrets";
export const internalConfigFolder = "C:\\ProgramData\\Docker\\internal\\configs";

/**
 * How secrets and configs get into a container: their folders as read-only mounts, and links from where the
 * container looks for them.
 * @throws InvalidArgumentError for a reference whose name is no plain path.
 */
export function planDependencies(options: PlanDependenciesOptions): DependencyPlan {
  const kinds = [
    { what: "secret", files: options.secrets, visible: secretFolder, internal: internalSecretFolder },
    { what: "config", files: options.configs, visible: configFolder, internal: internalConfigFolder },
  ];
  const mounts: SpecMount[] = [];
  const links: DependencyLink[] = [];
  for (const { what, files, visible, internal } of kinds) {
    if (files === undefined || files.references.length === 0) continue;
    mounts.push({ source: files.hostFolder, destination: internal, readOnly: true });
    for (const reference of files.references) {
      if (reference.id === "" || /[\\/:]/.test(reference.id))
        throw invalidOption(`${what} id ${JSON.stringify(reference.id)}: must be a plain name`);
      links.push({ path: visiblePath(what, visible, reference.fileName), target: `${internal}\\${reference.id}` });
    }
  }
  const needed = options.hasBeenStartedBefore ? [] : links;
  return { mounts, links: needed, mountsOnHost: needed.length > 0 && options.isolation === "hyperv" };
}

function visiblePath(what: string, folder: string, fileName: string): string {
  const name = fileName.replaceAll("/", "\\");
  const isAbsolute = /^[a-z]:\\/i.test(name);
  const relative = isAbsolute ? name.slice(3) : name;
  const bad = relative === "" || relative.startsWith("\\") || /[\0:*?"<>|]/.test(relative) || relative.split("\\").includes("..");
  if (bad) throw invalidOption(`${what} file ${JSON.stringify(fileName)}: must be a path in the container, absolute or below ${folder}`);
  return isAbsolute ? name : `${folder.replace(/\\$/, "")}\\${name}`;
}
