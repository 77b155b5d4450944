import path from "node:path";
import { HCS, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { HresultFailure } from "../host/answers.ts";
import type { EmulatedLayers } from "../layers/emulated-layers.ts";
import { exists, filesOf, layerNames } from "../layers/layer-folder.ts";
import type { LinuxTools } from "../linux/linux-tools.ts";
import { validateMappedDirectories } from "../mapped-directories/mapped-directory.ts";
import type { EmulatedNetwork } from "../network/emulated-network.ts";
import { HNS } from "../network/hns-failure.ts";
import { type ContainerDocument, isLinux, mappedDirectoriesOf, type ProcessDocument } from "./documents.ts";
import { validateLinux } from "./validate-linux.ts";

/** What a document is compared with. */
export interface ContainerHost {
  readonly layers: EmulatedLayers;
  readonly network: EmulatedNetwork;
  linuxTools(): Promise<LinuxTools | string>;
}

/**
 * What HCS refuses at creation.
 * @throws HresultFailure with the HRESULT that HCS gives and a message that names the value
 */
export async function validateContainer(document: ContainerDocument, host: ContainerHost): Promise<void> {
  if (document.SystemType.toLowerCase() !== "container") {
    throw new HresultFailure(HCS.INVALID_JSON, `SystemType is '${document.SystemType}'; this host has containers only: 'Container'`);
  }
  validateLimits(document);
  for (const endpoint of document.EndpointList) {
    if (!(await host.network.hasEndpoint(endpoint))) {
      throw new HresultFailure(HNS.ENDPOINT_NOT_FOUND[0], `the endpoint ${JSON.stringify(endpoint)} does not exist`);
    }
  }
  if (isLinux(document)) await validateLinux(document, await host.linuxTools());
  else await validateWindows(document, host.layers);
}

async function validateWindows(document: ContainerDocument, layers: EmulatedLayers): Promise<void> {
  await validateMappedDirectories(mappedDirectoriesOf(document));
  if (document.Layers.length === 0) throw new HresultFailure(HCS.INVALID_LAYER, "Layers is empty: a container needs an image");
  for (const layer of document.Layers) {
    if (!exists(filesOf(layer.Path))) throw new HresultFailure(HCS.INVALID_LAYER, `the layer ${layer.Path} does not exist`);
  }
  if (!exists(path.join(document.LayerFolderPath, layerNames.sandbox))) {
    throw new HresultFailure(HCS.INVALID_LAYER, `LayerFolderPath ${document.LayerFolderPath} is no scratch layer`);
  }
  if (document.HvPartition) await validateUtilityVm(document);
  else if ((await layers.rootOfVolume(document.VolumePath)) === undefined) {
    throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `no prepared layer has the volume '${document.VolumePath}'`);
  }
}

const limits = [
  ["MemoryMaximumInMB", Number.MAX_SAFE_INTEGER],
  ["ProcessorCount", 0xffff_ffff],
  ["ProcessorMaximum", 10_000],
  ["ProcessorWeight", 10_000],
] as const;

function validateLimits(document: ContainerDocument): void {
  for (const [name, highest] of limits) {
    if (document[name] >= 0 && document[name] <= highest) continue;
    throw new HresultFailure(hresultFromWin32(WIN32.INVALID_PARAMETER), `${name} is ${document[name]}; it must be from 0 to ${highest}`);
  }
}

/** @throws HresultFailure for a process without a command */
export function validateProcess(document: ProcessDocument, container: ContainerDocument): void {
  if (isLinux(container) || document.CommandLine !== "") return;
  throw new HresultFailure(hresultFromWin32(WIN32.INVALID_PARAMETER), "CommandLine is empty: there is no program to run");
}

async function validateUtilityVm(document: ContainerDocument): Promise<void> {
  const image = document.HvRuntime?.ImagePath ?? "";
  if (image === "") throw new HresultFailure(HCS.INVALID_JSON, "HvRuntime.ImagePath is missing: a Hyper-V container needs a utility VM");
  if (!exists(filesOf(image))) {
    throw new HresultFailure(hresultFromWin32(WIN32.PATH_NOT_FOUND), `the utility VM ${image} does not exist`);
  }
}
