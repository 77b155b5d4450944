import type { ContainerCreateBody } from "../schemas/container-config.ts";

type Mounts = NonNullable<NonNullable<ContainerCreateBody["HostConfig"]>["Mounts"]>;

/** Of `BindOptions`, what does not have to be done: a mount of Windows has no propagation, and holds what is mounted below its folder. */
const idleOptions: Readonly<Record<string, readonly unknown[]>> = {
  Propagation: ["", "rprivate"],
  NonRecursive: [false],
  CreateMountpoint: [false],
  ReadOnlyNonRecursive: [false],
  ReadOnlyForceRecursive: [false],
};

/** Returns a warning for each option of a mount that has no effect. */
export function checkMountOptions(mounts: Mounts): string[] {
  return mounts.flatMap(({ Target, Consistency, BindOptions }) => {
    const options = Object.entries(BindOptions ?? {}).filter(
      ([name, value]) => value !== null && idleOptions[name]?.includes(value) === false,
    );
    const names = [
      ...options.map(([name]) => `BindOptions.${name}`),
      ...(Consistency === undefined || ["", "default"].includes(Consistency) ? [] : ["Consistency"]),
    ];
    return names.map((name) => `${name} of the mount at ${Target} has no effect on Windows containers.`);
  });
}
