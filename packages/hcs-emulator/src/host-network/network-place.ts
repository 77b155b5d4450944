import { forgetConnections } from "../native/forget-connections.ts";

/** Where the networks of a daemon are: in the network name space of its host, or in one of its own. */
export interface NetworkPlace {
  /** Words before a command that is to make links and rules there. */
  readonly before: readonly string[];
  /** Folder with the name spaces of compute systems. */
  readonly spaces: string;
  /** The kernel's table of links there. */
  readonly counters: string;
  /** What groups there are, as ping_group_range takes them. */
  readonly pingGroups: string;
  /** Words that put a command into a name space of compute systems. */
  enter(space: string): readonly string[];
  /** Makes the kernel forget connections by their mark. @throws Error where it refuses at once */
  forget(mark: number): void;
}

/** Where ip-netns(8) has the names of name spaces. */
export const spacesFolder = "/run/netns";

export function placeOfHost(nsenter: string): NetworkPlace {
  return {
    before: [],
    spaces: spacesFolder,
    counters: "/proc/net/dev",
    pingGroups: "0 2147483647",
    enter: (space) => [nsenter, `--net=${spacesFolder}/${space}`, "--"],
    forget: forgetConnections,
  };
}
