import { containerAccountOf, type HostFacts, InvalidArgumentError } from "@oriel/contracts";

/**
 * Whether the host runs programs as this account. Windows looks it up in the image; the emulated host has one user for all,
 * and the names that every image knows.
 */
function isServed({ provider }: HostFacts, user: string | undefined): boolean {
  return !user || provider === "windows" || containerAccountOf(user) !== undefined;
}

/** Returns the warnings for the account of a container. */
export function userWarnings(host: HostFacts, user: string | undefined): string[] {
  if (isServed(host, user)) {
    if (host.provider === "windows" || !user || !/^(?:User Manager\\)?ContainerUser$/i.test(user)) return [];
    // Wine has one user for all programs of a container, whose name `whoami` shows.
    return ["On this emulated host ContainerUser has the rights of ContainerAdministrator, and Windows' calls give that name for it."];
  }
  return [`The user ${JSON.stringify(user)} is not known on this emulated host: the container's programs run as ContainerAdministrator.`];
}

/** @throws InvalidArgumentError for a further process's account that the host does not have, and that is not the container's */
export function assertExecUser(host: HostFacts, user: string | undefined, containerUser: string | undefined): void {
  if (user === containerUser || isServed(host, user)) return;
  throw new InvalidArgumentError(`the user ${JSON.stringify(user)} is not known on this emulated host`, {
    op: "exec.create",
    resource: "User",
    remedy: "use ContainerAdministrator or ContainerUser",
  });
}
