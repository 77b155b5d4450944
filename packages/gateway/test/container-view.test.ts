import type { ContainerConfig, HostConfig } from "@oriel/contracts";
import type { ContainerNetworkRecord, ContainerRecord, ContainerStatus, MountPoint } from "@oriel/engine";
import { fakeConnection, fakeEndpoint } from "@oriel/engine-testkit";
import { describe, expect, test } from "vitest";
import { containerInspect, containerSummary } from "../src/views/container-view.ts";

interface Changes {
  readonly config?: Partial<ContainerConfig>;
  readonly hostConfig?: HostConfig;
  readonly status?: ContainerStatus;
  readonly args?: readonly string[];
  readonly mounts?: readonly MountPoint[];
  readonly networks?: readonly ContainerNetworkRecord[];
}

function recordOf({ config = {}, hostConfig = {}, status = "created", args = [], mounts = [], networks = [] }: Changes): ContainerRecord {
  return {
    id: "ab".repeat(32),
    name: "web",
    createdAt: new Date(0),
    config: { Image: "app", ...config },
    hostConfig,
    imageId: `sha256:${"cd".repeat(32)}`,
    path: "cmd.exe",
    args,
    state: { status, pid: 0, exitCode: 0, oomKilled: false, error: "", startedAt: new Date(0), finishedAt: undefined },
    restartCount: 0,
    isolation: "process",
    logPath: "/o/web.log",
    storage: { name: "windowsfilter", data: { dir: "/o/web" } },
    execIds: [],
    mounts,
    networks,
  };
}

const inspect = (changes: Changes) => containerInspect(recordOf(changes));
const summary = (changes: Changes) => containerSummary(recordOf(changes), new Date(1000));

describe("mounts in inspect and ps", () => {
  const mounts: readonly MountPoint[] = [
    { type: "npipe", source: "\\\\.\\pipe\\a", destination: "\\\\.\\pipe\\b", readOnly: false },
    { type: "bind", source: "/srv/data", destination: "c:\\data", readOnly: true },
    { type: "volume", source: "/o/volumes/db/_data", destination: "d:", readOnly: false, volume: { name: "db" } },
  ];
  const linuxOnly = { Mode: "", Propagation: "" };
  const expected = [
    { Type: "npipe", Source: "\\\\.\\pipe\\a", Destination: "\\\\.\\pipe\\b", RW: true, ...linuxOnly },
    { Type: "bind", Source: "/srv/data", Destination: "c:\\data", RW: false, ...linuxOnly },
    { Type: "volume", Name: "db", Source: "/o/volumes/db/_data", Destination: "d:", Driver: "local", RW: true, ...linuxOnly },
  ];

  test("are shown in the order of the record", () => {
    expect(inspect({ mounts }).Mounts).toEqual(expected);
    expect(summary({ mounts }).Mounts).toEqual(expected);
  });
});

describe("ports in inspect and ps", () => {
  const ports = { config: { ExposedPorts: { "8080/tcp": {}, "80/tcp": {}, "53/udp": {} } }, hostConfig: { PortBindings: { "443": [] } } };
  const published = [
    { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 8080 },
    { protocol: "tcp", containerPort: 80, hostAddress: "127.0.0.1", hostPort: 8081 },
  ] as const;

  test("of a container that runs are by number: where each is published, or null", () => {
    const running = { ...ports, status: "running", networks: [fakeConnection({ ...fakeEndpoint, ports: published })] } as const;
    expect(inspect(running).NetworkSettings.Ports).toEqual({
      "53/udp": null,
      "80/tcp": [
        { HostIp: "0.0.0.0", HostPort: "8080" },
        { HostIp: "127.0.0.1", HostPort: "8081" },
      ],
      "443/tcp": null,
      "8080/tcp": null,
    });
    expect(summary(running).Ports).toEqual([
      { PrivatePort: 53, Type: "udp" },
      { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { IP: "127.0.0.1", PrivatePort: 80, PublicPort: 8081, Type: "tcp" },
      { PrivatePort: 443, Type: "tcp" },
      { PrivatePort: 8080, Type: "tcp" },
    ]);
  });

  test("of a container that does not run are none, and its configuration still has them", () => {
    const stopped = { ...ports, status: "exited", networks: [fakeConnection(undefined)] } as const;
    expect(inspect(stopped).NetworkSettings.Ports).toEqual({});
    expect(summary(stopped).Ports).toEqual([]);
    expect(inspect(stopped).Config.ExposedPorts).toEqual(ports.config.ExposedPorts);
  });

  test("are none without a network", () => {
    expect(summary({ ...ports, status: "running", hostConfig: { NetworkMode: "none" } }).Ports).toEqual([]);
  });
});

describe("the networks of a container in inspect and ps", () => {
  const settings = { Aliases: ["www"], GwPriority: 5 };
  const running = { status: "running", networks: [fakeConnection(fakeEndpoint, settings)] } as const;
  const address = {
    EndpointID: fakeEndpoint.id,
    Gateway: "172.30.0.1",
    IPAddress: "172.30.0.2",
    IPPrefixLen: 16,
    MacAddress: "00:15:5d:00:00:02",
  };

  test("are whole, and those of the default network stand at the top too", () => {
    const { NetworkSettings } = inspect(running);
    const nat = {
      ...address,
      IPAMConfig: null,
      Links: null,
      Aliases: ["www"],
      DriverOpts: null,
      GwPriority: 5,
      NetworkID: fakeEndpoint.networkId,
      IPv6Gateway: "",
      GlobalIPv6Address: "",
      GlobalIPv6PrefixLen: 0,
      DNSNames: ["web", "010101010101"],
    };
    expect(NetworkSettings).toMatchObject({ ...address, Networks: { nat }, SandboxKey: "ab".repeat(32) });
    expect(NetworkSettings.SandboxID).toMatch(/^[0-9a-f]{64}$/);
    expect(summary(running).NetworkSettings.Networks).toEqual({ nat });
  });

  test("of a container that does not run have no addresses", () => {
    const { NetworkSettings } = inspect({ ...running, status: "exited", networks: [fakeConnection(undefined, settings)] });
    expect(NetworkSettings).toMatchObject({ SandboxID: "", IPAddress: "", EndpointID: "" });
    expect(NetworkSettings.Networks.nat).toMatchObject({ IPAddress: "", IPPrefixLen: 0, EndpointID: "", Aliases: ["www"] });
  });

  test("have the short id among the aliases for clients before version 1.45 of the API, in networks of the user's", () => {
    const record = recordOf({ ...running, networks: [{ ...fakeConnection(fakeEndpoint), name: "mine" }] });
    expect(containerInspect(record, undefined, "1.44").NetworkSettings.Networks.mine?.Aliases).toEqual(["010101010101"]);
    expect(containerInspect(record, undefined, "1.45").NetworkSettings.Networks.mine?.Aliases).toBe(null);
  });
});

test("links of the default network are shown with the names of both containers", () => {
  expect(inspect({ hostConfig: { Links: ["q6:db"] } }).HostConfig.Links).toEqual(["/q6:/web/db"]);
  expect(inspect({ hostConfig: { Links: ["q6:db"], NetworkMode: "mine" } }).HostConfig.Links).toEqual(["q6:db"]);
  expect(inspect({}).HostConfig.Links).toBe(null);
});

describe("what clients send empty", () => {
  test("is shown as what holds: the log driver, the restart policy and the network", () => {
    const hostConfig: HostConfig = { LogConfig: { Type: "" }, RestartPolicy: { Name: "" }, NetworkMode: "" };
    for (const given of [hostConfig, {}]) {
      expect(inspect({ hostConfig: given }).HostConfig).toMatchObject({
        LogConfig: { Type: "json-file", Config: {} },
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        NetworkMode: "nat",
      });
      expect(summary({ hostConfig: given }).HostConfig.NetworkMode).toBe("nat");
    }
    expect(inspect({ hostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } } }).HostConfig.LogConfig).toEqual({
      Type: "json-file",
      Config: { "max-size": "1m" },
    });
  });

  test("annotations are in ps too, and options that no Windows container can have are there with nothing in them", () => {
    const hostConfig = { Annotations: { "com.example.a": "1" } };
    expect(summary({ hostConfig }).HostConfig).toEqual({ NetworkMode: "nat", ...hostConfig });
    expect(inspect({}).HostConfig).toMatchObject({ Privileged: false, ReadonlyRootfs: false, CapAdd: null, PidMode: "", ShmSize: 0 });
    expect(inspect({}).NetworkSettings).toMatchObject({ IPAddress: "", Gateway: "", MacAddress: "", SandboxID: "", Networks: {} });
  });
});

test("ps shows the name that the engine gives an image in a list, and inspect what was given at create", () => {
  const record = { ...recordOf({}), imageName: "sha256:ab" };
  expect(containerSummary(record, new Date(0)).Image).toBe("sha256:ab");
  expect(containerInspect(record).Config.Image).toBe("app");
});

test("the command of ps has arguments with a space in quotation marks, as dockerd writes it", () => {
  expect(summary({ args: ["/c", "echo a b", "c"] }).Command).toBe("cmd.exe /c 'echo a b' c");
  expect(summary({}).Command).toBe("cmd.exe");
});

test("inspect says of a container that the limit of memory has ended it", () => {
  const record = recordOf({});
  expect(inspect({}).State.OOMKilled).toBe(false);
  expect(containerInspect({ ...record, state: { ...record.state, oomKilled: true } }).State.OOMKilled).toBe(true);
});

test("a container between two runs of its restart policy is Running and Restarting, as dockerd has it", () => {
  expect(inspect({ status: "restarting" }).State).toMatchObject({ Status: "restarting", Running: true, Restarting: true, Paused: false });
  expect(inspect({ status: "running" }).State).toMatchObject({ Running: true, Restarting: false });
  expect(inspect({ status: "exited" }).State).toMatchObject({ Running: false, Restarting: false });
  expect(summary({ status: "restarting" })).toMatchObject({
    State: "restarting",
    Status: expect.stringMatching(/^Restarting \(0\) .* ago$/),
  });
});
