import { readFile } from "node:fs/promises";

/** What went through an endpoint, as its container sees it. */
export interface LinkCounters {
  readonly BytesReceived: number;
  readonly BytesSent: number;
  readonly PacketsReceived: number;
  readonly PacketsSent: number;
  readonly DroppedPacketsIncoming: number;
  readonly DroppedPacketsOutgoing: number;
}

export const noCounters: LinkCounters = {
  BytesReceived: 0,
  BytesSent: 0,
  PacketsReceived: 0,
  PacketsSent: 0,
  DroppedPacketsIncoming: 0,
  DroppedPacketsOutgoing: 0,
};

/**
 * Reads the counters of the host's ends of links from the kernel's table: what the host's end has sent, the container has received.
 * @param table `/proc/net/dev` of the name space that the links are in
 */
export async function readCounters(table: string): Promise<ReadonlyMap<string, LinkCounters>> {
  const counters = new Map<string, LinkCounters>();
  for (const line of (await readFile(table, "utf8")).split("\n")) {
    const [name = "", numbers = ""] = line.split(":");
    const [received = 0, packetsIn = 0, , dropsIn = 0, , , , , sent = 0, packetsOut = 0, , dropsOut = 0] = numbers
      .trim()
      .split(/ +/)
      .map(Number);
    if (numbers === "") continue;
    counters.set(name.trim(), {
      BytesReceived: sent,
      BytesSent: received,
      PacketsReceived: packetsOut,
      PacketsSent: packetsIn,
      DroppedPacketsIncoming: dropsOut,
      DroppedPacketsOutgoing: dropsIn,
    });
  }
  return counters;
}
