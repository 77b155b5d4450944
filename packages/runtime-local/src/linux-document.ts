import type { RuntimeSpec, WindowsSpec } from "@oriel/contracts";
import type { ContainerConfig } from "@oriel/hcs-bindings";
import type { ContainerDocument, DocumentFacts } from "./document-parts.ts";
import { invalidSpec } from "./invalid-spec.ts";
import { joinLayerPath } from "./layer-path.ts";
import { linuxMounts } from "./linux-mounts.ts";
import { networkFields } from "./network-fields.ts";
import { resourceLimits } from "./resource-limits.ts";
import { parentFolders, windowsPart } from "./windows-part.ts";

/** The disk of a layer, in its folder. */
const layerDisk = "layer.vhd";

/**
 * The document that HCS makes a utility VM for a Linux container from. The container in it is made by the guest, from the spec
 * that comes with the first process: `containerSpec`.
 * @throws InvalidArgumentError for a spec that makes no container, naming the field
 */
export function linuxDocument(id: string, owner: string, spec: RuntimeSpec, facts: DocumentFacts): ContainerDocument {
  const windows = windowsPart(spec);
  const warnings: string[] = [];
  refuseWindowsOnly(windows);
  if (facts.linuxBoot === undefined) throw invalidSpec("linux", "nothing is known that its utility VM could boot from");
  const parents = parentFolders(spec);
  const { directories, mounts } = linuxMounts(spec.mounts ?? [], facts.osBuild);
  const { endpoints, names } = networkFields(windows.network);
  const document: ContainerConfig = {
    SystemType: "Container",
    Name: id,
    Owner: owner,
    LayerFolderPath: windows.layerFolders.at(-1) ?? "",
    Layers: parents.map((folder, index) => ({ ID: facts.layerIds[index] ?? "", Path: joinLayerPath(folder, layerDisk) })),
    ...resourceLimits(windows.resources ?? {}, facts.processors, warnings),
    ...(directories.length > 0 ? { MappedDirectories: directories } : {}),
    HvPartition: true,
    ...endpoints,
    HvRuntime: facts.linuxBoot,
    ...names,
    ContainerType: "Linux",
    // Nobody but us talks to its guest: a utility VM without its owner is of no use.
    TerminateOnLastHandleClosed: true,
  };
  return { document, warnings, containerSpec: { ...spec, ...(spec.mounts === undefined ? {} : { mounts }) } };
}

function refuseWindowsOnly(windows: WindowsSpec): void {
  if (windows.devices?.length) throw invalidSpec("windows.devices", "device assignment is not supported for a Linux container");
  if (windows.credentialSpec) throw invalidSpec("windows.credentialSpec", "a Linux container has no Windows account");
  if (windows.servicing === true) throw invalidSpec("windows.servicing", "a Linux container cannot service Windows");
}
