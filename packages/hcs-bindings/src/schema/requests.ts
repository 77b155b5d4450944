/** The document of HcsModifyProcess. */
export type ModifyProcess =
  | { readonly Operation: "ConsoleSize"; readonly ConsoleSize: { readonly Height: number; readonly Width: number } }
  | { readonly Operation: "CloseHandle"; readonly CloseHandle: { readonly Handle: "StdIn" | "StdOut" | "StdErr" | "All" } };

/** The document of HcsSignalProcess for a Windows process. */
export interface SignalProcess {
  readonly Signal: "CtrlC" | "CtrlBreak" | "CtrlClose" | "CtrlLogOff" | "CtrlShutdown";
}

/** The document of HcsModifyComputeSystem (schema v1 knows network endpoints only). */
export interface ModifySystem {
  readonly ResourceType: "Network";
  /** Id of an HNS endpoint. */
  readonly Settings: string;
  readonly RequestType: "Add" | "Remove";
}

/** The query of HcsEnumerateComputeSystems; `{}` finds all. */
export interface ComputeSystemQuery {
  readonly Ids?: readonly string[];
  readonly Types?: readonly string[];
  readonly Names?: readonly string[];
  readonly Owners?: readonly string[];
}

/** The query of HcsGetComputeSystemProperties; `{}` asks for the basic ones. */
export interface PropertyQuery {
  readonly PropertyTypes?: readonly ("Statistics" | "ProcessList" | "MappedVirtualDisk" | "GuestConnection")[];
}
