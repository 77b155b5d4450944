import type { ContainerConfig, LayerChange } from "@oriel/contracts";
import { type ContainerRecord, type ContainerSize, networkModeOf } from "@oriel/engine";
import { apiVersion as newestVersion } from "../http/api-version.ts";
import type { ContainerChange, ContainerInspect, ContainerSummary } from "../schemas/containers.ts";
import { hostConfigView } from "./host-config-view.ts";
import { networkSettings, networksView } from "./network-settings-view.ts";
import { summaryPorts } from "./port-view.ts";
import { statusText } from "./status-text.ts";

/** Go's zero time: what Docker writes for "never". */
export const never = "0001-01-01T00:00:00Z";

export function containerSummary(record: ContainerRecord, now: Date, size?: ContainerSize): ContainerSummary {
  const { Annotations } = record.hostConfig;
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: record.imageName ?? record.config.Image,
    ImageID: record.imageId,
    Command: commandText(record),
    Created: Math.floor(record.createdAt.getTime() / 1000),
    Ports: summaryPorts(record),
    ...sizes(size),
    Labels: record.config.Labels ?? {},
    State: record.state.status,
    Status: statusText(record.state, now),
    HostConfig: { NetworkMode: networkModeOf(record.hostConfig), ...(Annotations === undefined ? {} : { Annotations }) },
    NetworkSettings: { Networks: networksView(record) },
    Mounts: mounts(record),
  };
}

export function containerInspect(record: ContainerRecord, size?: ContainerSize, apiVersion = newestVersion): ContainerInspect {
  const { state } = record;
  return {
    Id: record.id,
    Created: record.createdAt.toISOString(),
    Path: record.path,
    Args: [...record.args],
    State: {
      Status: state.status,
      Running: ["running", "paused", "restarting"].includes(state.status),
      Paused: state.status === "paused",
      Restarting: state.status === "restarting",
      OOMKilled: state.oomKilled,
      Dead: state.status === "dead",
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt?.toISOString() ?? never,
      FinishedAt: state.finishedAt?.toISOString() ?? never,
    },
    Image: record.imageId,
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: record.logPath,
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: record.storage.name,
    Platform: "windows",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: record.execIds.length === 0 ? null : [...record.execIds],
    HostConfig: hostConfigView(record),
    GraphDriver: { Name: record.storage.name, Data: { ...record.storage.data } },
    ...sizes(size),
    Mounts: mounts(record),
    Config: config(record.config),
    NetworkSettings: networkSettings(record, apiVersion),
  };
}

const changeKinds = { modified: 0, added: 1, deleted: 2 } as const;

export function containerChange({ path, kind }: LayerChange): ContainerChange {
  return { Path: path, Kind: changeKinds[kind] };
}

function sizes(size: ContainerSize | undefined): { SizeRw?: number; SizeRootFs?: number } {
  if (size === undefined) return {};
  // -1 would be shown as a size.
  return { ...(size.own === undefined ? {} : { SizeRw: size.own }), SizeRootFs: size.total };
}

/** Propagation and modes are Linux'. */
function mounts({ mounts: own }: ContainerRecord): ContainerInspect["Mounts"] {
  return own.map(({ type, source, destination, readOnly, volume }) => ({
    Type: type,
    ...(volume === undefined ? {} : { Name: volume.name }),
    Source: source,
    Destination: destination,
    ...(volume === undefined ? {} : { Driver: "local" }),
    Mode: "",
    RW: !readOnly,
    Propagation: "",
  }));
}

/** The program and its arguments on one line, as `docker ps` shows them: those with a space in quotation marks. */
function commandText({ path, args }: ContainerRecord): string {
  return [path, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

/** Docker clients read many of these without asking whether they are there. */
function config(given: ContainerConfig): ContainerInspect["Config"] {
  return {
    Hostname: "",
    Domainname: "",
    User: "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Volumes: null,
    WorkingDir: "",
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
    ...given,
  };
}
