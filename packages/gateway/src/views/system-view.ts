import type { HostFacts } from "@oriel/contracts";
import type { EngineInfo } from "@oriel/engine";
import { apiVersion, minimumApiVersion } from "../http/api-version.ts";
import type { InfoAnswer, VersionAnswer } from "../schemas/system.ts";

export function versionAnswer(host: HostFacts, version: string): VersionAnswer {
  const shared = {
    ApiVersion: apiVersion,
    MinAPIVersion: minimumApiVersion,
    Os: "windows",
    Arch: host.architecture,
    KernelVersion: kernelVersion(host),
    GitCommit: "",
    GoVersion: `none (Node.js ${process.version})`,
    BuildTime: "",
  };
  return {
    Platform: { Name: "Oriel" },
    Components: [{ Name: "Engine", Version: version, Details: { ...shared, Experimental: "false" } }],
    Version: version,
    ...shared,
    Experimental: false,
  };
}

/** What no request changes is made once: clients ask for `/info` all the time. */
const plugins = { Volume: ["local"], Authorization: [], Log: ["json-file"] };
const registryConfig = { InsecureRegistryCIDRs: [], IndexConfigs: {}, Mirrors: [] };
const swarm = { LocalNodeState: "inactive", ControlAvailable: false, NodeID: "", NodeAddr: "" };
const none: string[] = [];

export function infoAnswer(info: EngineInfo, now: Date): InfoAnswer {
  const { host, containers } = info;
  return {
    ID: info.id,
    Name: info.name,
    ServerVersion: info.version,
    Containers: containers.total,
    ContainersRunning: containers.running,
    ContainersPaused: containers.paused,
    ContainersStopped: containers.stopped,
    Images: info.images,
    Driver: info.storage.name,
    DriverStatus: info.storage.status.map(([name, value]) => [name, value]),
    Plugins: { ...plugins, Network: [...info.networkDrivers] },
    LoggingDriver: "json-file",
    SystemTime: now.toISOString(),
    KernelVersion: kernelVersion(host),
    OperatingSystem: host.operatingSystem,
    OSVersion: osVersion(host),
    OSType: "windows",
    Architecture: machineNames[host.architecture] ?? host.architecture,
    IndexServerAddress: "",
    RegistryConfig: registryConfig,
    NCPU: host.processors,
    MemTotal: host.memory,
    DockerRootDir: info.root,
    HttpProxy: "",
    HttpsProxy: "",
    NoProxy: "",
    Labels: none,
    ExperimentalBuild: false,
    LiveRestoreEnabled: false,
    Isolation: info.isolation,
    DefaultRuntime: info.runtime,
    Runtimes: { [info.runtime]: {} },
    Swarm: swarm,
    InitBinary: "",
    SecurityOptions: [...host.securityOptions],
    ProductLicense: "",
    Warnings: host.warnings.length === 0 ? null : [...host.warnings],
    Debug: info.debug ?? false,
    NEventsListener: info.eventListeners ?? 0,
  };
}

/** `uname -m` names, which `docker info` shows; images use Go's. */
const machineNames: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

function osVersion({ osVersion: { major, minor, build, revision } }: HostFacts): string {
  return `${major}.${minor}.${build}.${revision}`;
}

function kernelVersion({ osVersion: { major, minor, build, revision } }: HostFacts): string {
  return `${major}.${minor} ${build} (${build}.${revision})`;
}
