import type { SpecInput } from "../src/spec/spec-input.ts";

export const volumePath = "\\\\?\\Volume{3F2504E0-4F89-11D3-9A0C-0305E82C3301}\\";

/** A plain container's input, with changes. */
export function specInput(changes: Partial<SpecInput> = {}): SpecInput {
  return {
    id: "0123456789abcdef0123456789abcdef",
    config: { Image: "x", Cmd: ["cmd.exe"] },
    hostConfig: {},
    os: "windows",
    defaultIsolation: "process",
    processors: 2,
    layerFolders: ["C:\\l\\1", "C:\\l\\0", "C:\\l\\s"],
    volumePath,
    mounts: [],
    network: { endpoints: [] },
    hasBeenStartedBefore: false,
    ...changes,
  };
}
