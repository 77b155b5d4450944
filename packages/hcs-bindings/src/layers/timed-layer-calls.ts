import { type DriverInfo, type HResult, hresultFailed, type RawHcs, type RawLayers, type RawWin32 } from "@oriel/contracts";
import type { LateCall } from "./overdue-calls.ts";

/** What `@oriel/layer-tar` makes layers with. */
export interface LayerImportCalls {
  readonly layers: Pick<RawLayers, "ImportLayer" | "ProcessBaseImage" | "ProcessUtilityImage">;
  readonly win32: Pick<
    RawWin32,
    "CreateBackupFile" | "OpenBackupFile" | "BackupWrite" | "SetBasicInfo" | "CloseBackupFile" | "CreateHardLink" | "RemoveTree"
  >;
}

/** What `@oriel/layer-tar` reads layers with. */
export interface LayerExportCalls {
  readonly layers: Pick<RawLayers, "ExportLayer">;
  readonly win32: Pick<RawWin32, "OpenBackupReader" | "BackupRead" | "GetFileFacts" | "CloseBackupFile" | "ReadDirectory">;
}

type Answer = { readonly hresult: HResult };
type Opened = Answer & { readonly file: Parameters<RawWin32["CloseBackupFile"]>[0] };

/** A call of one layer with a deadline: a short one, or that of calls that work through a whole layer. */
export interface TimedCaller {
  quick<A extends Answer>(op: string, call: () => Promise<A>, undo?: LateCall<A>): Promise<A>;
  slow<A extends Answer>(op: string, call: () => Promise<A>): Promise<A>;
}

/** @param driver in place of the one that the caller gives */
export function layerImportCalls(
  { layers, win32 }: Pick<RawHcs, "layers" | "win32">,
  driver: DriverInfo,
  { quick, slow }: TimedCaller,
): LayerImportCalls {
  const close = closeLate(win32);
  return {
    layers: {
      ImportLayer: (_info, ...args) => slow("ImportLayer", () => layers.ImportLayer(driver, ...args)),
      ProcessBaseImage: (...args) => slow("ProcessBaseImage", () => layers.ProcessBaseImage(...args)),
      ProcessUtilityImage: (...args) => slow("ProcessUtilityImage", () => layers.ProcessUtilityImage(...args)),
    },
    win32: {
      CreateBackupFile: (...args) => quick("CreateBackupFile", () => win32.CreateBackupFile(...args), close),
      OpenBackupFile: (...args) => quick("OpenBackupFile", () => win32.OpenBackupFile(...args), close),
      BackupWrite: (...args) => quick("BackupWrite", () => win32.BackupWrite(...args)),
      SetBasicInfo: (...args) => quick("SetBasicInfo", () => win32.SetBasicInfo(...args)),
      CloseBackupFile: (...args) => quick("CloseBackupFile", () => win32.CloseBackupFile(...args)),
      CreateHardLink: (...args) => quick("CreateHardLink", () => win32.CreateHardLink(...args)),
      RemoveTree: (...args) => slow("RemoveTree", () => win32.RemoveTree(...args)),
    },
  };
}

/**
 * @param driver in place of the one that the caller gives
 * @param ofScratch reading changes when a file was read last, so a scratch's files are said to be read when they were
 *   written: the same content gives the same tar each time
 */
export function layerExportCalls(
  { layers, win32 }: Pick<RawHcs, "layers" | "win32">,
  driver: DriverInfo,
  { quick, slow }: TimedCaller,
  ofScratch: boolean,
): LayerExportCalls {
  return {
    layers: { ExportLayer: (_info, ...args) => slow("ExportLayer", () => layers.ExportLayer(driver, ...args)) },
    win32: {
      OpenBackupReader: (...args) => quick("OpenBackupReader", () => win32.OpenBackupReader(...args), closeLate(win32)),
      BackupRead: (...args) => quick("BackupRead", () => win32.BackupRead(...args)),
      GetFileFacts: async (...args) => {
        const answer = await quick("GetFileFacts", () => win32.GetFileFacts(...args));
        return ofScratch ? { ...answer, facts: { ...answer.facts, lastAccessTime: answer.facts.lastWriteTime } } : answer;
      },
      CloseBackupFile: (...args) => quick("CloseBackupFile", () => win32.CloseBackupFile(...args)),
      ReadDirectory: (...args) => slow("ReadDirectory", () => win32.ReadDirectory(...args)),
    },
  };
}

function closeLate(win32: Pick<RawWin32, "CloseBackupFile">): LateCall<Opened> {
  return async ({ hresult, file }) => (hresultFailed(hresult) ? undefined : win32.CloseBackupFile(file));
}
