import { FailedPreconditionError, type RuntimeSpec, type WindowsSpec } from "@oriel/contracts";
import type { AssignedDevice, ContainerConfig } from "@oriel/hcs-bindings";
import type { ContainerDocument, DocumentFacts } from "./document-parts.ts";
import { invalidSpec } from "./invalid-spec.ts";
import { linuxDocument } from "./linux-document.ts";
import { mappedMounts } from "./mapped-mounts.ts";
import { networkFields } from "./network-fields.ts";
import { resourceLimits } from "./resource-limits.ts";
import { parentFolders, windowsPart } from "./windows-part.ts";

/** Windows Server 2019: the first build whose process-isolated containers can have devices. */
const firstBuildWithDevices = 17763;

const volumeGuidPath = /^\\\\\?\\Volume\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}\\$/i;

/**
 * The document that HCS makes the container from. Its keys come in the order in which dockerd writes them.
 * @throws InvalidArgumentError for a spec that makes no container, naming the field; FailedPreconditionError for what
 *   this Windows is too old for; UnimplementedError for a network namespace.
 */
export function containerDocument(id: string, owner: string, spec: RuntimeSpec, facts: DocumentFacts): ContainerDocument {
  if (spec.linux !== undefined) return linuxDocument(id, owner, spec, facts);
  const windows = windowsPart(spec);
  const warnings: string[] = [];
  const { endpoints, names } = networkFields(windows.network);
  const { directories, pipes } = mappedMounts(spec.mounts ?? [], facts.osBuild);
  const document: ContainerConfig = {
    SystemType: "Container",
    Name: id,
    Owner: owner,
    ...volumePath(spec, windows),
    ...(windows.ignoreFlushesDuringBoot === true ? { IgnoreFlushesDuringBoot: true } : {}),
    LayerFolderPath: windows.layerFolders.at(-1) ?? "",
    Layers: parentFolders(spec).map((path, index) => ({ ID: facts.layerIds[index] ?? "", Path: path })),
    ...credentials(windows.credentialSpec),
    ...resourceLimits(windows.resources ?? {}, facts.processors, warnings),
    ...(spec.hostname ? { HostName: spec.hostname } : {}),
    ...(directories.length > 0 ? { MappedDirectories: directories } : {}),
    ...(pipes.length > 0 ? { MappedPipes: pipes } : {}),
    HvPartition: windows.hyperv !== undefined,
    ...endpoints,
    ...utilityVm(windows, facts),
    ...(windows.servicing === true ? { Servicing: true } : {}),
    ...names,
    ...assignedDevices(windows, facts),
  };
  return { document, warnings };
}

function volumePath(spec: RuntimeSpec, windows: WindowsSpec): Pick<ContainerConfig, "VolumePath"> {
  const path = spec.root?.path ?? "";
  if (spec.root?.readonly === true) throw invalidSpec("root.readonly", "must not be set on Windows");
  if (windows.hyperv !== undefined) {
    if (path !== "") throw invalidSpec("root.path", `'${path}' must be empty for Hyper-V isolation`);
    return {};
  }
  if (!volumeGuidPath.test(path)) {
    throw invalidSpec("root.path", `'${path}' must be a volume GUID path in the format '\\\\?\\Volume{GUID}\\'`);
  }
  // HCS wants the path without the closing backslash, the OCI spec with it.
  return { VolumePath: path.slice(0, -1) };
}

function credentials(credentialSpec: unknown): Pick<ContainerConfig, "Credentials"> {
  if (credentialSpec === undefined || credentialSpec === null || credentialSpec === "") return {};
  if (typeof credentialSpec === "object") return { Credentials: JSON.stringify(credentialSpec) };
  if (typeof credentialSpec !== "string") throw invalidSpec("windows.credentialSpec", `a ${typeof credentialSpec} is no credential spec`);
  try {
    JSON.parse(credentialSpec);
  } catch {
    throw invalidSpec("windows.credentialSpec", "is no JSON document");
  }
  return { Credentials: credentialSpec };
}

function utilityVm(windows: WindowsSpec, facts: DocumentFacts): Pick<ContainerConfig, "HvRuntime"> {
  if (windows.hyperv === undefined) return {};
  if (facts.utilityVm === undefined) {
    throw invalidSpec(
      "windows.hyperv",
      "utility VM image could not be found in any layer",
      "Use a base image that has a UtilityVM folder.",
    );
  }
  return { HvRuntime: { ImagePath: facts.utilityVm } };
}

function assignedDevices(windows: WindowsSpec, facts: DocumentFacts): { AssignedDevices?: AssignedDevice[] } {
  const { devices } = windows;
  if (!devices?.length) return {};
  if (windows.hyperv !== undefined) throw invalidSpec("windows.devices", "device assignment is not supported for Hyper-V isolation");
  if (facts.osBuild < firstBuildWithDevices) {
    throw new FailedPreconditionError(`device assignment needs Windows build ${firstBuildWithDevices}, this is ${facts.osBuild}`, {
      op: "container.create",
    });
  }
  return {
    AssignedDevices: devices.map(({ id, idType }) => {
      if (idType !== "class" && idType !== "vpci-class-guid") {
        throw invalidSpec("windows.devices", `device '${idType}://${id}': the kind must be class or vpci-class-guid`);
      }
      return { InterfaceClassGuid: id };
    }),
  };
}
