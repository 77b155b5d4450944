import { createHash } from "node:crypto";
import { foldName } from "@oriel/contracts";

/**
 * Our own name space. The one that Windows uses is not public, so these GUIDs never equal those of a Windows host;
 * they are as stable, and like there they depend on the name alone, whatever its case.
 */
const nameSpace = Buffer.from("8f6b0d3e6c0e5b0f9a3d4f7269656c01", "hex");

/** The version 5 UUID (RFC 9562) of a layer's name in upper-case UTF-16LE: lower case, without braces. */
export function nameToGuid(name: string): string {
  return guidIn(nameSpace, name);
}

/** The name space of compute systems' ids is public, so these are what a Windows host gives them (RuntimeId). */
const systemNameSpace = Buffer.from("cab70344facb41e4b5e5ab6592283e6e", "hex");

/** The GUID that a compute system has by its id: lower case, without braces. */
export function runtimeIdOf(id: string): string {
  return guidIn(systemNameSpace, id);
}

function guidIn(nameSpace: Buffer, name: string): string {
  const folded = Buffer.from(foldName(name), "utf16le");
  const digest = createHash("sha1").update(nameSpace).update(folded).digest().subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
