import type { ConsoleSize } from "../guest/agent-protocol.ts";
import type { MappedDirectory } from "../mapped-directories/mapped-directory.ts";
import {
  booleanOf,
  DocumentError,
  type Fields,
  listOf,
  numberOf,
  objectOf,
  optionalObject,
  parseObject,
  stringItem,
  stringOf,
} from "./document-fields.ts";

/** The parts of HCS's documents (schema v1, Microsoft's spelling) that the emulator reads. Unknown keys are ignored. */
export interface ContainerDocument {
  readonly SystemType: string;
  readonly Name: string;
  readonly Owner: string;
  readonly VolumePath: string;
  readonly LayerFolderPath: string;
  readonly Layers: readonly { readonly ID: string; readonly Path: string }[];
  readonly HostName: string;
  readonly HvPartition: boolean;
  readonly HvRuntime: HvRuntimeDocument | undefined;
  readonly MappedDirectories: readonly MappedDirectoryDocument[];
  readonly ContainerType: string;
  readonly EndpointList: readonly string[];
  /** The compute system whose endpoints it uses too; "" for none. */
  readonly NetworkSharedContainerName: string;
  readonly TerminateOnLastHandleClosed: boolean;
  /** 0: no limit, as of the next ones. */
  readonly MemoryMaximumInMB: number;
  readonly ProcessorCount: number;
  /** Hundredths of a percent of all processors. */
  readonly ProcessorMaximum: number;
  readonly ProcessorWeight: number;
  /** Keys that ask for something that is not emulated, and that a container can do without. */
  readonly withoutEffect: readonly string[];
}

/** The utility VM: a Windows image, or a Linux kernel with its initial RAM disk or root disk. */
export interface HvRuntimeDocument {
  readonly ImagePath: string;
  readonly LinuxKernelFile: string;
  readonly LinuxInitrdFile: string;
  readonly LinuxBootParameters: string;
  readonly BootSource: string;
}

export interface MappedDirectoryDocument {
  readonly HostPath: string;
  readonly ContainerPath: string;
  readonly ReadOnly: boolean;
}

export interface ProcessDocument {
  readonly CommandLine: string;
  /** Linux only: the command, word by word. */
  readonly CommandArgs: readonly string[];
  readonly User: string;
  readonly WorkingDirectory: string;
  readonly Environment: Readonly<Record<string, string>>;
  readonly EmulateConsole: boolean;
  readonly CreateStdInPipe: boolean;
  readonly CreateStdOutPipe: boolean;
  readonly CreateStdErrPipe: boolean;
  /** 0 leaves it to the host. */
  readonly ConsoleSize: ConsoleSize;
  /** Linux only: the container's OCI spec, which the first process brings. */
  readonly OCISpecification: Fields | undefined;
}

const notEmulated = [
  "Credentials",
  "StorageIOPSMaximum",
  "StorageBandwidthMaximum",
  "MappedPipes",
  "MappedVirtualDisks",
  "AssignedDevices",
];

/** Empty is as good as absent. */
function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

export function parseContainerDocument(text: string): ContainerDocument {
  const fields = parseObject(text);
  return {
    SystemType: stringOf(fields, "SystemType"),
    Name: stringOf(fields, "Name"),
    Owner: stringOf(fields, "Owner"),
    VolumePath: stringOf(fields, "VolumePath"),
    LayerFolderPath: stringOf(fields, "LayerFolderPath"),
    Layers: listOf(fields, "Layers", (value, name) => {
      const layer = objectOf(value, name);
      return { ID: stringOf(layer, "ID"), Path: stringOf(layer, "Path") };
    }),
    HostName: stringOf(fields, "HostName"),
    HvPartition: booleanOf(fields, "HvPartition"),
    HvRuntime: parseHvRuntime(optionalObject(fields, "HvRuntime")),
    MappedDirectories: listOf(fields, "MappedDirectories", (value, name) => {
      const directory = objectOf(value, name);
      const ContainerPath = stringOf(directory, "ContainerPath");
      if (ContainerPath === "") throw new DocumentError(`${name}.ContainerPath is missing`);
      return { HostPath: stringOf(directory, "HostPath"), ContainerPath, ReadOnly: booleanOf(directory, "ReadOnly") };
    }),
    ContainerType: stringOf(fields, "ContainerType"),
    EndpointList: listOf(fields, "EndpointList", stringItem),
    NetworkSharedContainerName: stringOf(fields, "NetworkSharedContainerName"),
    TerminateOnLastHandleClosed: booleanOf(fields, "TerminateOnLastHandleClosed"),
    MemoryMaximumInMB: numberOf(fields, "MemoryMaximumInMB"),
    ProcessorCount: numberOf(fields, "ProcessorCount"),
    ProcessorMaximum: numberOf(fields, "ProcessorMaximum"),
    ProcessorWeight: numberOf(fields, "ProcessorWeight"),
    withoutEffect: notEmulated.filter((key) => isGiven(fields[key])),
  };
}

export function isLinux(document: ContainerDocument): boolean {
  return document.ContainerType.toLowerCase() === "linux";
}

function parseHvRuntime(fields: Fields | undefined): HvRuntimeDocument | undefined {
  if (fields === undefined) return undefined;
  return {
    ImagePath: stringOf(fields, "ImagePath"),
    LinuxKernelFile: stringOf(fields, "LinuxKernelFile"),
    LinuxInitrdFile: stringOf(fields, "LinuxInitrdFile"),
    LinuxBootParameters: stringOf(fields, "LinuxBootParameters"),
    BootSource: stringOf(fields, "BootSource"),
  };
}

export function mappedDirectoriesOf(document: ContainerDocument): MappedDirectory[] {
  return document.MappedDirectories.map(({ HostPath, ContainerPath, ReadOnly }) => ({
    hostPath: HostPath,
    containerPath: ContainerPath,
    readOnly: ReadOnly,
  }));
}

export function parseProcessDocument(text: string): ProcessDocument {
  const fields = parseObject(text);
  const environment = optionalObject(fields, "Environment") ?? {};
  return {
    CommandLine: stringOf(fields, "CommandLine"),
    CommandArgs: listOf(fields, "CommandArgs", stringItem),
    User: stringOf(fields, "User"),
    WorkingDirectory: stringOf(fields, "WorkingDirectory"),
    Environment: Object.fromEntries(Object.keys(environment).map((name) => [name, stringOf(environment, name)])),
    EmulateConsole: booleanOf(fields, "EmulateConsole"),
    CreateStdInPipe: booleanOf(fields, "CreateStdInPipe"),
    CreateStdOutPipe: booleanOf(fields, "CreateStdOutPipe"),
    CreateStdErrPipe: booleanOf(fields, "CreateStdErrPipe"),
    ConsoleSize: consoleSizeOf(listOf(fields, "ConsoleSize", cells)),
    OCISpecification: optionalObject(fields, "OCISpecification"),
  };
}

/** The size that HcsModifyProcess sets: `{"Height":…,"Width":…}`. */
export function parseConsoleSize(value: unknown): ConsoleSize {
  const { Height = 0, Width = 0 } = objectOf(value, "ConsoleSize");
  return { rows: cells(Height, "ConsoleSize.Height"), columns: cells(Width, "ConsoleSize.Width") };
}

/** Height first. */
function consoleSizeOf([rows = 0, columns = 0]: readonly number[]): ConsoleSize {
  return { rows, columns };
}

function cells(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 32_767) return value;
  throw new DocumentError(`${name} must be a number from 0 to 32767`);
}
