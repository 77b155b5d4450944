import { access } from "node:fs/promises";
import { DeadlineExceededError, hresultFailed, type RawHcs, type RuntimeSpec, withDeadline } from "@oriel/contracts";
import { hresultError } from "@oriel/hcs-bindings";
import type { DocumentFacts } from "./document-parts.ts";
import { joinLayerPath, layerName } from "./layer-path.ts";
import { type LinuxUtilityVm, linuxBoot } from "./linux-boot.ts";
import { parentFolders, windowsPart } from "./windows-part.ts";

export interface GatherFactsOptions {
  readonly raw: RawHcs;
  /** Milliseconds that each question to the host may take. */
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
  /** Processors of the host. */
  readonly processors: number;
  /** What Linux containers boot from. */
  readonly linux: LinuxUtilityVm;
  /** Whether a path exists. */
  readonly exists: (path: string) => Promise<boolean>;
}

/**
 * Looks up what the document of a container needs beside its spec.
 * @throws InvalidArgumentError for the spec; HcsError; DeadlineExceededError; the signal's reason
 */
export async function gatherFacts(spec: RuntimeSpec, options: GatherFactsOptions): Promise<DocumentFacts> {
  const { processors, exists } = options;
  const { hyperv } = windowsPart(spec);
  const folders = parentFolders(spec);
  const [layerIds, osBuild] = await Promise.all([Promise.all(folders.map((folder) => layerId(folder, options))), buildOf(options)]);
  const known = { layerIds, processors, osBuild };
  if (spec.linux !== undefined) return { ...known, linuxBoot: await linuxBoot(hyperv?.utilityVMPath, options.linux, exists) };
  return { ...known, utilityVm: hyperv === undefined ? undefined : hyperv.utilityVMPath || (await findUtilityVm(folders, exists)) };
}

/** The utility VM of the uppermost layer that has one: a layer of a servicing update brings a newer one than the base. */
export async function findUtilityVm(folders: readonly string[], exists: (path: string) => Promise<boolean>): Promise<string | undefined> {
  for (const folder of folders) {
    const path = joinLayerPath(folder, "UtilityVM");
    if (await exists(path)) return path;
  }
  return undefined;
}

/** Whether something is at `path`. A path that cannot be looked at is an error, not an absence. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}

async function layerId(folder: string, options: GatherFactsOptions): Promise<string> {
  const { hresult, guid } = await ask("NameToGuid", options, () => options.raw.layers.NameToGuid(layerName(folder)));
  if (hresultFailed(hresult)) throw hresultError({ op: "NameToGuid", hresult, subject: "layer", resource: folder });
  return guid;
}

async function buildOf(options: GatherFactsOptions): Promise<number> {
  const { hresult, version } = await ask("RtlGetVersion", options, () => options.raw.win32.RtlGetVersion());
  if (hresultFailed(hresult)) throw hresultError({ op: "RtlGetVersion", hresult });
  return version.build;
}

function ask<T>(op: string, { ms, signal }: GatherFactsOptions, call: () => Promise<T>): Promise<T> {
  const error = () => new DeadlineExceededError(`${op}: the host did not answer within ${ms / 1000} s`, { op });
  return withDeadline(call(), { ms, error, signal, op });
}
