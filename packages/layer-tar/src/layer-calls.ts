import { type HResult, hresultFailed, type OrielError, type RawLayers, type RawWin32 } from "@oriel/contracts";

/** The functions of the raw interface that layers and their files are made with. */
export interface RawLayerCalls {
  readonly layers: Pick<RawLayers, "ImportLayer" | "ProcessBaseImage" | "ProcessUtilityImage">;
  readonly win32: Pick<
    RawWin32,
    "CreateBackupFile" | "OpenBackupFile" | "BackupWrite" | "SetBasicInfo" | "CloseBackupFile" | "CreateHardLink" | "RemoveTree"
  >;
}

/** The functions of the raw interface that layers are read with. */
export interface RawExportCalls {
  readonly layers: Pick<RawLayers, "ExportLayer">;
  readonly win32: Pick<RawWin32, "OpenBackupReader" | "BackupRead" | "GetFileFacts" | "CloseBackupFile" | "ReadDirectory">;
}

/** A call that answered a failed HRESULT. */
export interface FailedCall {
  /** Name of the function: `CreateBackupFile`. */
  readonly op: string;
  readonly hresult: HResult;
  /** Path of the file or layer concerned. */
  readonly resource: string;
  readonly subject: "file" | "layer";
}

/** The raw interface with a way to say what a failure means. */
export class LayerCalls<Raw = RawLayerCalls> {
  readonly raw: Raw;
  readonly #callError: (call: FailedCall) => OrielError;

  constructor(raw: Raw, callError: (call: FailedCall) => OrielError) {
    this.raw = raw;
    this.#callError = callError;
  }

  /** @throws OrielError for a failed HRESULT. */
  check(op: string, resource: string, { hresult }: { readonly hresult: HResult }, subject: FailedCall["subject"] = "file"): void {
    if (hresultFailed(hresult)) throw this.#callError({ op, hresult, resource, subject });
  }
}
