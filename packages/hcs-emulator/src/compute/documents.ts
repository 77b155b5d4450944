import type { ConsoleSize } from "../guest/agent-protocol.ts";
import type { MappedDirectory } from "../mapped-directories/mapped-directory.ts";

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
  readonly HvRuntime: { readonly ImagePath: string } | undefined;
  readonly MappedDirectories: readonly MappedDirectoryDocument[];
  readonly ContainerType: string;
  readonly EndpointList: readonly string[];
  /** The compute system whose endpoints it uses too; "" for none. */
  readonly NetworkSharedContainerName: string;
}

export interface MappedDirectoryDocument {
  readonly HostPath: string;
  readonly ContainerPath: string;
  readonly ReadOnly: boolean;
}

export interface ProcessDocument {
  readonly CommandLine: string;
  readonly User: string;
  readonly WorkingDirectory: string;
  readonly Environment: Readonly<Record<string, string>>;
  readonly EmulateConsole: boolean;
  readonly ConsoleSize: ConsoleSize;
  readonly CreateStdInPipe: boolean;
  readonly CreateStdOutPipe: boolean;
  readonly CreateStdErrPipe: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** A document that is not what HCS takes; the message says which field. */
export class DocumentError extends Error {}

export function parseContainerDocument(text: string): ContainerDocument {
  const fields = parseObject(text);
  const runtime = fields.HvRuntime;
  return {
    SystemType: string(fields, "SystemType"),
    Name: string(fields, "Name"),
    Owner: string(fields, "Owner"),
    VolumePath: string(fields, "VolumePath"),
    LayerFolderPath: string(fields, "LayerFolderPath"),
    Layers: list(fields, "Layers").map((layer, index) => {
      const entry = object(layer, `Layers[${index}]`);
      return { ID: string(entry, "ID"), Path: string(entry, "Path") };
    }),
    HostName: string(fields, "HostName"),
    HvPartition: boolean(fields, "HvPartition"),
    HvRuntime: runtime === undefined || runtime === null ? undefined : { ImagePath: string(object(runtime, "HvRuntime"), "ImagePath") },
    MappedDirectories: list(fields, "MappedDirectories").map((value, index) => {
      const directory = object(value, `MappedDirectories[${index}]`);
      return {
        HostPath: string(directory, "HostPath"),
        ContainerPath: string(directory, "ContainerPath"),
        ReadOnly: boolean(directory, "ReadOnly"),
      };
    }),
    ContainerType: string(fields, "ContainerType"),
    EndpointList: list(fields, "EndpointList").map((endpoint, index) => {
      if (typeof endpoint !== "string") throw new DocumentError(`EndpointList[${index}] must be a string`);
      return endpoint;
    }),
    NetworkSharedContainerName: string(fields, "NetworkSharedContainerName"),
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
  const environment = fields.Environment === undefined || fields.Environment === null ? {} : object(fields.Environment, "Environment");
  return {
    CommandLine: string(fields, "CommandLine"),
    User: string(fields, "User"),
    WorkingDirectory: string(fields, "WorkingDirectory"),
    Environment: Object.fromEntries(Object.keys(environment).map((name) => [name, string(environment, name)])),
    EmulateConsole: boolean(fields, "EmulateConsole"),
    ConsoleSize: parseCreationSize(list(fields, "ConsoleSize")),
    CreateStdInPipe: boolean(fields, "CreateStdInPipe"),
    CreateStdOutPipe: boolean(fields, "CreateStdOutPipe"),
    CreateStdErrPipe: boolean(fields, "CreateStdErrPipe"),
  };
}

/** In ProcessConfig the size is `[height, width]`; zeros, or nothing, leave it open. */
function parseCreationSize([height, width]: readonly unknown[]): ConsoleSize {
  return { rows: cells(height, "ConsoleSize[0]"), columns: cells(width, "ConsoleSize[1]") };
}

/** The size in a ModifyProcess document: `{ "Height": …, "Width": … }`. @throws DocumentError for one that is no size */
export function parseConsoleSize(value: unknown): ConsoleSize {
  const { Height, Width } = object(value, "ConsoleSize");
  return { rows: cells(Height, "ConsoleSize.Height"), columns: cells(Width, "ConsoleSize.Width") };
}

function cells(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 32_767) return value;
  throw new DocumentError(`${name} must be a number from 0 to 32767`);
}

/** @throws DocumentError for what is no JSON object. `""` is the empty object, as HCS takes it for absent options. */
export function parseObject(text: string): Fields {
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DocumentError(`the document is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return object(value, "the document");
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DocumentError(`${name} must be an object`);
  return value as Fields;
}

function string(fields: Fields, key: string): string {
  const value = fields[key];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new DocumentError(`${key} must be a string`);
  return value;
}

function boolean(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw new DocumentError(`${key} must be true or false`);
  return value;
}

function list(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new DocumentError(`${key} must be an array`);
  return value;
}
