import type { ContainerConfig, HostConfig } from "@oriel/core";
import type { ContainerRecord, ContainerStatus, MountPoint } from "@oriel/engine";
import { describe, expect, test } from "vitest";
import { containerInspect, containerSummary } from "../src/views/container-view.ts";

interface Changes {
  readonly config?: Partial<ContainerConfig>;
  readonly hostConfig?: HostConfig;
  readonly status?: ContainerStatus;
  readonly args?: readonly string[];
  readonly mounts?: readonly MountPoint[];
}

function recordOf({ config = {}, hostConfig = {}, status = "created", args = [], mounts = [] }: Changes): ContainerRecord {
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

describe("exposed ports in inspect and ps", () => {
  const ports = { config: { ExposedPorts: { "8080/tcp": {}, "80/tcp": {}, "53/udp": {} } }, hostConfig: { PortBindings: { "443": [] } } };

  test.each(["running", "paused"] as const)("are those of a container that is %s, by number, and none published", (status) => {
    expect(inspect({ ...ports, status }).NetworkSettings.Ports).toEqual({ "53/udp": null, "80/tcp": null, "443": null, "8080/tcp": null });
    expect(summary({ ...ports, status }).Ports).toEqual([
      { PrivatePort: 53, Type: "udp" },
      { PrivatePort: 80, Type: "tcp" },
      { PrivatePort: 443, Type: "tcp" },
      { PrivatePort: 8080, Type: "tcp" },
    ]);
  });

  test.each(["created", "exited"] as const)("are none of a container that is %s, whose configuration still has them", (status) => {
    expect(inspect({ ...ports, status }).NetworkSettings.Ports).toEqual({});
    expect(summary({ ...ports, status }).Ports).toEqual([]);
    expect(inspect({ ...ports, status }).Config.ExposedPorts).toEqual(ports.config.ExposedPorts);
  });

  test("are none without a network", () => {
    expect(summary({ ...ports, status: "running", hostConfig: { NetworkMode: "none" } }).Ports).toEqual([]);
  });
});

describe("what clients send empty", () => {
  test("is shown as what holds: the log driver, the restart policy and the network", () => {
    const hostConfig: HostConfig = { LogConfig: { Type: "" }, RestartPolicy: { Name: "" }, NetworkMode: "" };
    for (const given of [hostConfig, {}]) {
      expect(inspect({ hostConfig: given }).HostConfig).toMatchObject({
        LogConfig: { Type: "json-file", Config: {} },
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        NetworkMode: "default",
      });
      expect(summary({ hostConfig: given }).HostConfig.NetworkMode).toBe("default");
    }
    expect(inspect({ hostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } } }).HostConfig.LogConfig).toEqual({
      Type: "json-file",
      Config: { "max-size": "1m" },
    });
  });

  test("annotations are in ps too, and options that no Windows container can have are there with nothing in them", () => {
    const hostConfig = { Annotations: { "com.example.a": "1" } };
    expect(summary({ hostConfig }).HostConfig).toEqual({ NetworkMode: "default", ...hostConfig });
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
