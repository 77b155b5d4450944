import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { findProgramOfHost } from "../linux/linux-tools.ts";
import { type OwnProcess, startOwn } from "./own-process.ts";

/** A program that passes packets between a network name space and the sockets of who runs it. */
export interface WayOutTool {
  readonly name: "slirp4netns" | "pasta";
  /** Absolute. */
  readonly file: string;
}

/** Of the addresses for benchmarks (RFC 2544), which no network of a host should have. */
const subnet = { prefix: "198.19.255.0/24", length: "24", address: "198.19.255.100", gateway: "198.19.255.2" } as const;

/** Milliseconds until the link must be there. */
const deadline = 10_000;
/** Milliseconds between two looks for it. */
const interval = 20;

export async function findWayOutTool(): Promise<WayOutTool | undefined> {
  for (const name of ["slirp4netns", "pasta"] as const) {
    const file = await findProgramOfHost(name);
    if (file !== undefined) return { name, file };
  }
  return undefined;
}

/**
 * Gives a network name space a default route. What listens at the host's loopback addresses is not reached by it.
 * @param pid of a process in it
 * @throws Error with what the program says
 */
export async function openWayOut({ name, file }: WayOutTool, shell: string, pid: number): Promise<OwnProcess> {
  const words = {
    slirp4netns: ["--configure", "--mtu=65520", "--disable-host-loopback", "--disable-dns", "--cidr", subnet.prefix, String(pid), "tap0"],
    pasta: [
      ...["--foreground", "--quiet", "--config-net", "--ipv4-only", "--no-map-gw"],
      ...["--address", subnet.address, "--netmask", subnet.length, "--gateway", subnet.gateway],
      ...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
      String(pid),
    ],
  };
  // It is ended with this process, however that ends.
  const script = '"$@" & tool=$!; exec 3<&0; (cat <&3 >/dev/null; kill $tool) 2>/dev/null & wait $tool';
  const tool = startOwn([shell, "-c", script, "sh", file, ...words[name]]);
  let why: string | undefined;
  void tool.ended.then((said) => {
    why = said;
  });
  for (let waited = 0; waited < deadline; waited += interval) {
    if (why !== undefined) throw new Error(`${name}: ${why}`);
    if (hasDefaultRoute(await readFile(`/proc/${pid}/net/route`, "latin1"))) return tool;
    await wait(interval);
  }
  tool.end();
  throw new Error(`${name} has made no link in ${deadline / 1000} s`);
}

/** @param table the kernel's: destination and mask in hex */
function hasDefaultRoute(table: string): boolean {
  return table.split("\n").some((line) => line.split("\t")[1] === "00000000");
}
