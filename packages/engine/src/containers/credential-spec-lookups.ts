import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import type { HostInspector } from "@oriel/contracts";
import { type CredentialSpecLookups, credentialSpecRegistryKey } from "@oriel/oci-spec";

/** Credential specs where dockerd looks for them: in the folder `CredentialSpecs` of the root, and in the host's registry. */
export function credentialSpecLookups({ root, host }: { readonly root: string; readonly host: HostInspector }): CredentialSpecLookups {
  return {
    files: {
      folder: path.join(root, "CredentialSpecs"),
      realPath: (file) => realpath(file).catch(() => undefined),
      readFile: (file) => readFile(file, "utf8"),
    },
    registryValue: async (name) => host.registryText?.(credentialSpecRegistryKey, name),
  };
}
