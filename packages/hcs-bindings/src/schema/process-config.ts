/** The document of HcsCreateProcess, in Microsoft's spelling and order of keys. */
export interface ProcessConfig {
  ApplicationName?: string;
  CommandLine?: string;
  /** Linux guests only. */
  CommandArgs?: string[];
  User?: string;
  WorkingDirectory?: string;
  Environment?: Record<string, string>;
  /** With it there is no error pipe: the console's output comes through the output pipe. */
  EmulateConsole?: boolean;
  CreateStdInPipe?: boolean;
  CreateStdOutPipe?: boolean;
  CreateStdErrPipe?: boolean;
  /** Always there; `[0, 0]` leaves the size to the host. */
  ConsoleSize: [height: number, width: number];
  CreateInUtilityVm?: boolean;
  OCISpecification?: unknown;
}
