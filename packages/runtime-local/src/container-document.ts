import { FailedPreconditionError, type RuntimeSpec, UnimplementedError, type WindowsSpec } from "@oriel/core";
import type { AssignedDevice, ContainerConfig } from "@oriel/hcs-bindings";
import { invalidSpec } from "./invalid-spec.ts";
import { mappedMounts } from "./mapped-mounts.ts";
import { resourceLimits } from "./resource-limits.ts";

/** Windows Server 2019: the first build whose process-isolated containers can have devices. */
const firstBuildWithDevices = 17763;

const volumeGuidPath = /^\\\\\?\\Volume\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}\\$/i;

/** All that a document is made of beside the spec; looked up before, so that making the document is a function of data. */
export interface DocumentFacts {
  /** GUID of each layer folder but the scratch, in the spec's order. */
  readonly layerIds: readonly string[];
  /** Folder of the utility VM; absent where the container needs none. */
  readonly utilityVm?: string | undefined;
  /** Processors of the host. */
  readonly processors: number;
  readonly osBuild: number;
}

export interface ContainerDocument {
  readonly document: ContainerConfig;
  /** What could not be set as asked for, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The document that HCS makes the container from. Its keys come in the order in which dockerd writes them.
 * @throws InvalidArgumentError for a spec that makes no container, naming the field; FailedPreconditionError for what
 *   this Windows is too old for; UnimplementedError for a Linux container or a network namespace.
 */
export function containerDocument(id: string, owner: string, spec: RuntimeSpec, facts: DocumentFacts): ContainerDocument {
  const windows = windowsPart(spec);
  const warnings: string[] = [];
  const { network } = windows;
  const { directories, pipes } = mappedMounts(spec.mounts ?? [], facts.osBuild);
  const document: ContainerConfig = {
    SystemType: "Container",
    Name: id,
    Owner: owner,
    ...volumePath(spec, windows),
    ...(windows.ignoreFlushesDuringBoot === true ? { IgnoreFlushesDuringBoot: true } : {}),
    LayerFolderPath: windows.layerFolders.at(-1) ?? "",
    Layers: parentFolders(windows).map((path, index) => ({ ID: facts.layerIds[index] ?? "", Path: path })),
    ...credentials(windows.credentialSpec),
    ...resourceLimits(windows.resources ?? {}, facts.processors, warnings),
    ...(spec.hostname ? { HostName: spec.hostname } : {}),
    ...(directories.length > 0 ? { MappedDirectories: directories } : {}),
    ...(pipes.length > 0 ? { MappedPipes: pipes } : {}),
    HvPartition: windows.hyperv !== undefined,
    ...(network?.networkSharedContainerName ? { NetworkSharedContainerName: network.networkSharedContainerName } : {}),
    ...(network?.endpointList?.length ? { EndpointList: [...network.endpointList] } : {}),
    ...utilityVm(windows, facts),
    ...(windows.servicing === true ? { Servicing: true } : {}),
    ...(network?.allowUnqualifiedDNSQuery === true ? { AllowUnqualifiedDNSQuery: true } : {}),
    ...(network?.DNSSearchList?.length ? { DNSSearchList: network.DNSSearchList.join(",") } : {}),
    ...assignedDevices(windows, facts),
  };
  return { document, warnings };
}

/** The layer folders of a spec without the scratch: immediate parent first, base last. @throws InvalidArgumentError */
export function parentFolders(windows: WindowsSpec): readonly string[] {
  const folders = windows.layerFolders;
  if (!Array.isArray(folders) || folders.length < 2 || folders.some((folder) => folder === "")) {
    throw invalidSpec("windows.layerFolders", `at least a base layer and the scratch must be given, not ${JSON.stringify(folders ?? [])}`);
  }
  return folders.slice(0, -1);
}

/** The part of a spec that concerns Windows. @throws InvalidArgumentError; UnimplementedError for a Linux container */
export function windowsPart(spec: RuntimeSpec): WindowsSpec {
  if (spec.linux !== undefined) {
    throw new UnimplementedError("the local runtime does not run Linux containers yet", { op: "container.create" });
  }
  if (spec.windows === undefined) throw invalidSpec("windows", "is missing");
  if (spec.windows.network?.networkNamespace) {
    throw new UnimplementedError("the local runtime takes endpoints, not a network namespace", {
      op: "container.create",
      remedy: "Name the endpoints in windows.network.endpointList.",
    });
  }
  return spec.windows;
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
