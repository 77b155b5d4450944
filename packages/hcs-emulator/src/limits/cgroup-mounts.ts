import path from "node:path";

/** Where this process stands in one hierarchy of control groups. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** Of version 1: its controllers. Those of version 2 are in files. */
  readonly controllers: readonly string[];
  /** Mount point. */
  readonly mount: string;
  /** Folder of the group that this process is in. */
  readonly own: string;
}

/**
 * The hierarchies that are mounted here and that this process is in.
 * @param mountinfo text of /proc/self/mountinfo
 * @param membership text of /proc/self/cgroup
 * @see cgroups(7), proc_pid_mountinfo(5)
 */
export function cgroupHierarchies(mountinfo: string, membership: string): CgroupHierarchy[] {
  const memberships = membership.split("\n").flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || group === undefined
      ? []
      : [{ controllers: controllers === "" ? [] : controllers.split(","), group }];
  });
  return mountinfo.split("\n").flatMap((line) => {
    const [mounted = "", device = ""] = line.split(" - ");
    const [, , , root = "", mount = ""] = mounted.split(" ");
    const [type, , options = ""] = device.split(" ");
    const version = type === "cgroup" ? 1 : type === "cgroup2" ? 2 : undefined;
    if (version === undefined) return [];
    const found = memberships.find(({ controllers }) =>
      version === 2 ? controllers.length === 0 : controllers.length > 0 && controllers.every((name) => options.split(",").includes(name)),
    );
    if (found === undefined) return [];
    // In a container without a namespace of its own the mount shows a part of the tree, and the group is named from its top.
    const inside = path.posix.relative(root, found.group);
    if (inside.startsWith("..")) return [];
    return [{ version, controllers: found.controllers, mount, own: path.posix.join(mount, inside) } as const];
  });
}
