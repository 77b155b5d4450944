import { type RuntimeSpec, UnimplementedError, type WindowsSpec } from "@oriel/contracts";
import { invalidSpec } from "./invalid-spec.ts";

/** The layer folders of a spec without the scratch: immediate parent first, base last. @throws InvalidArgumentError */
export function parentFolders(spec: RuntimeSpec): readonly string[] {
  const folders = windowsPart(spec).layerFolders;
  // A utility VM has a root of its own: a Linux container can do with the scratch.
  const least = spec.linux === undefined ? 2 : 1;
  if (!Array.isArray(folders) || folders.length < least || folders.some((folder) => folder === "")) {
    const wanted = least === 1 ? "at least the scratch" : "at least a base layer and the scratch";
    throw invalidSpec("windows.layerFolders", `${wanted} must be given, not ${JSON.stringify(folders ?? [])}`);
  }
  return folders.slice(0, -1);
}

/** The part of a spec that concerns Windows; a Linux container has its layers and limits there. @throws InvalidArgumentError; UnimplementedError */
export function windowsPart(spec: RuntimeSpec): WindowsSpec {
  if (spec.windows === undefined) throw invalidSpec("windows", "is missing");
  if (spec.windows.network?.networkNamespace) {
    throw new UnimplementedError("the local runtime takes endpoints, not a network namespace", {
      op: "container.create",
      remedy: "Name the endpoints in windows.network.endpointList.",
    });
  }
  return spec.windows;
}
