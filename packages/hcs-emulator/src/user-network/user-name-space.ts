import { withDeadline } from "@oriel/contracts";
import { type NetworkPlace, spacesFolder } from "../host-network/network-place.ts";
import { type Relay, startRelay } from "../published-ports/relay.ts";
import { startOwn } from "./own-process.ts";
import { openWayOut, type WayOutTool } from "./way-out.ts";

/** Programs of the host, absolute. */
export interface UserNetworkTools {
  readonly unshare: string;
  readonly nsenter: string;
  readonly shell: string;
  readonly wayOut: WayOutTool;
}

/** A user and network name space of the daemon's own, in which it may make networks as root may on the host. */
export interface UserNameSpace {
  readonly place: NetworkPlace;
  readonly relay: Relay;
  /** All that is in it goes, when its last program has ended. */
  close(): void;
}

/** Milliseconds for it to be made. */
const deadline = 10_000;

/** What holds it: a folder of its own for names of name spaces, which users have none of; then nothing until its input ends. */
const holder =
  `if [ ! -d ${spacesFolder} ]; then mount -t tmpfs oriel /run && mkdir ${spacesFolder}; fi && ` +
  `mount -t tmpfs oriel ${spacesFolder} && ip link set lo up && echo ready && exec cat >/dev/null`;

/**
 * @param onEnd when a part of it ends by itself
 * @throws Error that says why this user gets none
 */
export async function openUserNameSpace(tools: UserNetworkTools, onEnd: (why: string) => void): Promise<UserNameSpace> {
  const { unshare, nsenter, shell, wayOut } = tools;
  const owner = startOwn([unshare, "--user", "--map-root-user", "--net", "--mount", shell, "-c", holder]);
  try {
    const late = () => new Error(`no name space in ${deadline / 1000} s`);
    await withDeadline(owner.firstLine(), { ms: deadline, error: late, op: "network.open" });
    const user = [nsenter, "--preserve-credentials", "--user", `--target=${owner.pid}`];
    const route = await openWayOut(wayOut, shell, owner.pid);
    let isClosed = false;
    const ended = (what: string) => (why: string) => {
      if (!isClosed) onEnd(`${what} has ended: ${why}`);
    };
    void owner.ended.then(ended("the name space of networks"));
    void route.ended.then(ended(wayOut.name));
    const relay = startRelay([...user, "--net", "--"], ended("the relay of published ports"));
    const spaces = `/proc/${owner.pid}/root${spacesFolder}`;
    return {
      relay,
      place: {
        before: [...user, "--net", "--mount", "--"],
        spaces,
        counters: `/proc/${owner.pid}/net/dev`,
        // The one that is mapped.
        pingGroups: "0 0",
        enter: (space) => [...user, `--net=${spaces}/${space}`, "--"],
        forget: (mark) => void relay.forget(mark).catch(({ message }: Error) => onEnd(message)),
      },
      close: () => {
        isClosed = true;
        relay.close();
        route.end();
        owner.end();
      },
    };
  } catch (error) {
    owner.end();
    throw error;
  }
}
