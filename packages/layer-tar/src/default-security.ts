import { encodeSddl } from "@oriel/backup-stream";
import { type DescribedEntry, isDirectoryOnDisk } from "./entry-content.ts";
import { isWithin } from "./entry-name.ts";

/**
 * Who may do what with a file of which the tar says nothing: administrators and the system all, users read. The folder
 * of the layer on the host would give it rights that are meant for the host. The descriptors are BuildKit's, which are
 * those of a file on a freshly installed Windows.
 */
const ofDirectory = encodeSddl(
  "O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;LC;;;BU)(A;CI;DC;;;BU)",
);
const ofFile = encodeSddl("O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)");

/** The entry with a security descriptor, where it has none and is one of the image's own files. */
export function withSecurity(entry: DescribedEntry): DescribedEntry {
  if (entry.securityDescriptor !== undefined || !isWithin(entry.name, "Files")) return entry;
  return { ...entry, securityDescriptor: isDirectoryOnDisk(entry) ? ofDirectory : ofFile };
}

/** The same for a folder that has no entry of its own. */
export function securityOfFolder(name: string): Uint8Array | undefined {
  return isWithin(name, "Files") ? ofDirectory : undefined;
}
