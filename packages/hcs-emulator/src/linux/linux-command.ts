import { HCS, hresultFromWin32, WIN32 } from "@oriel/contracts";
import { type Fields, listOf, numberOf, optionalObject, stringItem, stringOf } from "../compute/document-fields.ts";
import type { ProcessDocument } from "../compute/documents.ts";
import { HresultFailure } from "../host/answers.ts";

/** What a Linux process is to be. */
export interface LinuxCommand {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The process that a document asks for: the first of a container brings it in the container's OCI spec, later ones have
 * CommandArgs of their own.
 * @throws HresultFailure for a document without a command, and for a user that is no number
 */
export function linuxCommand(document: ProcessDocument): LinuxCommand {
  const command = document.OCISpecification === undefined ? ofDocument(document) : ofSpec(document.OCISpecification);
  if (command.args[0]) return { ...command, environment: { PATH: defaultPath, ...command.environment } };
  throw new HresultFailure(
    hresultFromWin32(WIN32.INVALID_PARAMETER),
    "neither CommandArgs nor OCISpecification.process.args has a program to run",
  );
}

function ofDocument({ CommandArgs, CommandLine, Environment, WorkingDirectory, User }: ProcessDocument): LinuxCommand {
  const args = CommandArgs.length > 0 ? CommandArgs : CommandLine.split(" ").filter((word) => word !== "");
  const [, uid = "0", gid = uid] = /^(\d+)(?::(\d+))?$/.exec(User || "0") ?? refuseUser(User);
  return { args, environment: Environment, cwd: WorkingDirectory || "/", uid: Number(uid), gid: Number(gid) };
}

function refuseUser(user: string): never {
  throw new HresultFailure(HCS.INVALID_JSON, `User '${user}' must be numbers, such as 1000 or 1000:1000: names are the container's own`);
}

function ofSpec(spec: Fields): LinuxCommand {
  const process = optionalObject(spec, "process") ?? {};
  const user = optionalObject(process, "user") ?? {};
  const environment = listOf(process, "env", stringItem).map((entry): [string, string] => {
    const end = entry.indexOf("=");
    return end < 0 ? [entry, ""] : [entry.slice(0, end), entry.slice(end + 1)];
  });
  return {
    args: listOf(process, "args", stringItem),
    environment: Object.fromEntries(environment),
    cwd: stringOf(process, "cwd") || "/",
    uid: numberOf(user, "uid"),
    gid: numberOf(user, "gid"),
  };
}

/** A folder of the host to be seen in the container. */
export interface LinuxMount {
  readonly source: string;
  /** Absolute, inside. */
  readonly destination: string;
  readonly readOnly: boolean;
}

/**
 * What the spec's mounts bind from the folders that the utility VM shares with the host. Mounts of file systems of the kernel
 * are left: a container has /proc and /dev, and the rest of them it shares with the host.
 */
export function sharedMounts(
  spec: Fields,
  shared: readonly { HostPath: string; ContainerPath: string; ReadOnly: boolean }[],
): LinuxMount[] {
  return listOf(spec, "mounts", (value) => (typeof value === "object" && value !== null ? (value as Fields) : {})).flatMap((mount) => {
    const source = stringOf(mount, "source");
    const found = shared.find(({ ContainerPath }) => ContainerPath === source);
    if (found === undefined || source === "") return [];
    const readOnly = found.ReadOnly || listOf(mount, "options", stringItem).includes("ro");
    return [{ source: found.HostPath, destination: stringOf(mount, "destination"), readOnly }];
  });
}
