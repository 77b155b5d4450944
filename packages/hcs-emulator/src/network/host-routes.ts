import { readFileSync } from "node:fs";
import os from "node:os";
import { formatAddress } from "./ipv4.ts";

/** Subnets that this host has, and those that it has routes to. */
export function prefixesOfHost(): string[] {
  const cards = Object.values(os.networkInterfaces()).flatMap((found) => found ?? []);
  return [...cards.flatMap(({ family, cidr }) => (family === "IPv4" && cidr ? [cidr] : [])), ...routes()];
}

/** Linux's table: addresses and masks in hex, their bytes in the order of this processor. The default route is none here. */
function routes(): string[] {
  const [, ...lines] = readTable().trim().split("\n");
  return lines.flatMap((line) => {
    const [, destination = "", , , , , , mask = ""] = line.split("\t");
    const bits = mask.split("").reduce((sum, digit) => sum + Number.parseInt(digit, 16).toString(2).replaceAll("0", "").length, 0);
    const address = Buffer.from(destination, "hex").reverse();
    return bits === 0 || address.length !== 4 ? [] : [`${formatAddress(address.readUInt32BE(0))}/${bits}`];
  });
}

function readTable(): string {
  try {
    return readFileSync("/proc/net/route", "latin1");
  } catch {
    return "";
  }
}
