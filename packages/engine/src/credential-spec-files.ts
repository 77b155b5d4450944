import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import type { CredentialSpecLookups } from "@oriel/oci-spec";

/** Credential specs in the folder `CredentialSpecs` of the root, as dockerd keeps them. */
export function credentialSpecLookups(root: string): CredentialSpecLookups {
  return {
    files: {
      folder: path.join(root, "CredentialSpecs"),
      realPath: (file) => realpath(file).catch(() => undefined),
      readFile: (file) => readFile(file, "utf8"),
    },
  };
}
