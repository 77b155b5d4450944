import type { FakeEngine } from "@oriel/engine-testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayApp } from "../src/index.ts";
import { build } from "./serve.ts";

let app: GatewayApp;
let engine: FakeEngine;

beforeEach(async () => {
  ({ app, engine } = await build());
});
afterEach(async () => {
  await app.close();
});

async function create(body: Record<string, unknown>, query = "") {
  const answer = await app.inject({ method: "POST", url: `/containers/create${query}`, payload: { Image: "oriel/nano", ...body } });
  return { status: answer.statusCode, ...(answer.json() as { message?: string; Warnings?: string[] }) };
}

describe("options that Windows containers do not have", () => {
  test.each([
    [{ ReadonlyRootfs: true }, "Windows does not support root filesystem in read-only mode"],
    [{ Privileged: true }, "Windows does not support privileged mode"],
    [{ CpuRealtimePeriod: 1000 }, "Windows does not support CPU real-time period"],
    [{ CpuRealtimeRuntime: 1000 }, "Windows does not support CPU real-time runtime"],
    [{ CapAdd: ["SYS_ADMIN"] }, 'invalid CapAdd: unknown capability: "CAP_SYS_ADMIN"'],
    [{ CapAdd: "cap_net_raw" }, 'invalid CapAdd: unknown capability: "CAP_NET_RAW"'],
    [{ CapDrop: ["ALL", "mknod"] }, 'invalid CapDrop: unknown capability: "CAP_MKNOD"'],
    [{ MemorySwap: 1 }, "invalid option: Windows does not support MemorySwap"],
    [{ MemoryReservation: 1 }, "invalid option: Windows does not support MemoryReservation"],
    [{ PidsLimit: 5 }, "invalid option: Windows does not support PidsLimit"],
    [{ OomKillDisable: true }, "invalid option: Windows does not support OomKillDisable"],
    [{ BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1 }] }, "invalid option: Windows does not support BlkioDeviceReadBps"],
  ])("are refused as dockerd refuses them: %j", async (HostConfig, message) => {
    expect(await create({ HostConfig })).toEqual({ status: 400, message });
    expect(engine.created).toEqual([]);
  });

  test.each([
    [{ Tmpfs: { "C:\\t": "" } }, "Tmpfs (--tmpfs)"],
    [{ CapDrop: ["ALL"] }, "CapDrop (--cap-drop)"],
    [{ CapAdd: ["all"] }, "CapAdd (--cap-add)"],
    [{ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }, "DeviceRequests (--gpus)"],
    [{ Init: true }, "Init (--init)"],
    [{ Runtime: "runc" }, "Runtime (--runtime)"],
    [{ PidMode: "host" }, "PidMode (--pid)"],
    [{ UsernsMode: "host" }, "UsernsMode (--userns)"],
    [{ UTSMode: "host" }, "UTSMode (--uts)"],
    [{ IpcMode: "host" }, "IpcMode (--ipc)"],
    [{ CgroupnsMode: "host" }, "CgroupnsMode (--cgroupns)"],
    [{ GroupAdd: ["1"] }, "GroupAdd (--group-add)"],
    [{ OomScoreAdj: 5 }, "OomScoreAdj (--oom-score-adj)"],
    [{ ShmSize: 67_108_864 }, "ShmSize (--shm-size)"],
    [{ CpuQuota: 50_000 }, "CpuQuota (--cpu-quota)"],
    [{ DeviceCgroupRules: ["c 1:1 r"] }, "DeviceCgroupRules (--device-cgroup-rule)"],
    [{ Sysctls: { "net.ipv4.ip_forward": "1" } }, "Sysctls (--sysctl)"],
  ])("are taken with a warning where dockerd takes them: %j", async (HostConfig, subject) => {
    const { status, Warnings } = await create({ HostConfig });
    expect([status, Warnings]).toEqual([201, [`${subject} has no effect on Windows containers.`]]);
  });

  test("are shown by inspect as they were given where they are taken, as dockerd shows them", async () => {
    const given = {
      CpuQuota: 50_000,
      DeviceRequests: [{ Driver: "", Count: -1, DeviceIDs: null, Capabilities: [["gpu"]], Options: {} }],
      GroupAdd: ["1"],
      Init: false,
      PidMode: "host",
      Runtime: "runc",
      Sysctls: { "net.ipv4.ip_forward": "1" },
      CapDrop: ["ALL"],
    };
    expect((await create({ HostConfig: { ...given, IpcMode: "", OomScoreAdj: 0 } }, "?name=web")).status).toBe(201);
    expect((await app.inject("/containers/web/json")).json().HostConfig).toMatchObject({
      ...given,
      IpcMode: "",
      OomScoreAdj: 0,
      ShmSize: 0,
    });
  });

  test.each([
    [{ PidMode: 5 }, "HostConfig.PidMode must be of the kind string"],
    [{ GroupAdd: "1" }, "HostConfig.GroupAdd must be a list of strings"],
    [{ DeviceRequests: ["all"] }, "HostConfig.DeviceRequests must be a list of objects"],
    [{ Tmpfs: { "C:\\t": 1 } }, "HostConfig.Tmpfs must be of the kind map of strings"],
    [{ Init: "yes" }, "HostConfig.Init must be of the kind boolean"],
    [{ ShmSize: 1.5 }, "HostConfig.ShmSize must be of the kind integer"],
  ])("are refused with a value of another kind, which inspect could not show: %j", async (HostConfig, message) => {
    expect(await create({ HostConfig })).toEqual({ status: 400, message: `invalid parameter: ${message}` });
  });

  test("are neither refused nor warned of where clients send them with nothing in them", async () => {
    const answer = await create({
      MacAddress: "",
      NetworkingConfig: {
        EndpointsConfig: { default: { IPAMConfig: {}, Links: null, Aliases: [], MacAddress: "", DriverOpts: null, GwPriority: 0 } },
      },
      HostConfig: {
        BlkioDeviceReadBps: null,
        BlkioWeight: 0,
        BlkioWeightDevice: [],
        CapAdd: null,
        CapDrop: [],
        Cgroup: "",
        CgroupParent: "",
        CgroupnsMode: "",
        ConsoleSize: [0, 0],
        CpuPeriod: 0,
        CpuQuota: 0,
        CpuRealtimePeriod: 0,
        CpuRealtimeRuntime: 0,
        CpusetCpus: "",
        CpusetMems: "",
        DeviceCgroupRules: null,
        DeviceRequests: [],
        Dns: [],
        DnsOptions: [],
        ExtraHosts: null,
        GroupAdd: null,
        Init: false,
        IpcMode: "",
        KernelMemory: 0,
        KernelMemoryTCP: 0,
        LogConfig: null,
        MaskedPaths: null,
        MemoryReservation: 0,
        MemorySwap: 0,
        MemorySwappiness: -1,
        NetworkMode: "default",
        OomKillDisable: false,
        OomScoreAdj: 0,
        PidMode: "",
        PidsLimit: -1,
        Privileged: false,
        ReadonlyPaths: [],
        ReadonlyRootfs: false,
        RestartPolicy: {},
        Runtime: "",
        ShmSize: 0,
        Sysctls: {},
        Tmpfs: {},
        UTSMode: "",
        Ulimits: null,
        UsernsMode: "",
        VolumeDriver: "",
      },
    });
    expect([answer.status, answer.Warnings]).toEqual([201, []]);
  });

  test("are warned of by an update, too, and refused for an exec, whose answer has no warnings", async () => {
    await create({ Cmd: ["sleep"] }, "?name=web");
    await app.inject({ method: "POST", url: "/containers/web/start" });
    const update = await app.inject({ method: "POST", url: "/containers/web/update", payload: { cpuquota: 5, CpuRealtimePeriod: 0 } });
    expect([update.statusCode, update.json()]).toEqual([
      200,
      { Warnings: ["CpuQuota (--cpu-quota) has no effect on Windows containers.", "careful"] },
    ]);
    const exec = await app.inject({ method: "POST", url: "/containers/web/exec", payload: { Cmd: ["x"], Privileged: true } });
    expect([exec.statusCode, exec.json()]).toEqual([400, { message: "Windows does not support privileged mode" }]);
  });
});

describe("what concerns a network", () => {
  const deprecated = "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.";

  test("reaches the engine by networks, whose settings have no case", async () => {
    const EndpointsConfig = { nat: { Aliases: ["web"], Links: null, ipamconfig: { ipv4address: "1.2.3.4" } }, mine: null };
    const { status, Warnings } = await create({ NetworkingConfig: { EndpointsConfig }, HostConfig: { NetworkMode: "mine" } });
    expect([status, Warnings]).toEqual([201, []]);
    expect(engine.created[0]?.networks).toEqual({ nat: { Aliases: ["web"], IPAMConfig: { IPv4Address: "1.2.3.4" } }, mine: {} });
    expect(engine.created[0]?.hostConfig.NetworkMode).toBe("mine");
  });

  test.each([
    [{}, { nat: { MacAddress: "00:15:5d:11:22:33" } }],
    [
      { NetworkingConfig: { EndpointsConfig: { default: { Aliases: ["a"] } } } },
      { default: { Aliases: ["a"], MacAddress: "00:15:5d:11:22:33" } },
    ],
    [{ HostConfig: { NetworkMode: "mine" } }, { mine: { MacAddress: "00:15:5d:11:22:33" } }],
    [{ HostConfig: { NetworkMode: "none" } }, {}],
  ])("has the address of the network card with the main network: %j", async (body, networks) => {
    const { status, Warnings } = await create({ ...body, MacAddress: "00:15:5d:11:22:33" });
    expect([status, Warnings]).toEqual([201, [deprecated]]);
    expect(engine.created[0]?.networks ?? {}).toEqual(networks);
  });

  test("refuses two addresses of the network card that differ", async () => {
    const NetworkingConfig = { EndpointsConfig: { nat: { MacAddress: "00:15:5d:11:22:34" } } };
    const { status, message } = await create({ MacAddress: "00:15:5d:11:22:33", NetworkingConfig });
    expect([status, message]).toEqual([
      400,
      "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
    ]);
  });

  test("reads the address of the container alone from clients before version 1.44 of the API", async () => {
    const EndpointsConfig = { nat: { MacAddress: "00:15:5d:11:22:34" } };
    const old = (payload: object) =>
      app.inject({ method: "POST", url: "/v1.43/containers/create", payload: { Image: "oriel/nano", ...payload } });
    const made = await old({ NetworkingConfig: { EndpointsConfig }, MacAddress: "00:15:5d:11:22:33" });
    expect([made.statusCode, made.json().Warnings]).toEqual([201, []]);
    expect((await old({ NetworkingConfig: { EndpointsConfig } })).statusCode).toBe(201);
    expect(engine.created.map(({ networks }) => networks)).toEqual([{ nat: { MacAddress: "00:15:5d:11:22:33" } }, { nat: {} }]);
    const refused = await old({ MacAddress: "00:15:5d:11:22:33", HostConfig: { NetworkMode: "container:x" } });
    expect([refused.statusCode, refused.json().message]).toEqual([400, "conflicting options: mac-address and the network mode"]);
  });
});

test("options of a mount that have no effect are warned of, and its keys have no case", async () => {
  const { status, Warnings } = await create({
    HostConfig: {
      Mounts: [
        { type: "bind", source: "/srv", target: "C:\\a", readonly: true, bindoptions: { propagation: "rshared", NonRecursive: false } },
        { Type: "bind", Source: "/srv", Target: "C:\\b", Consistency: "cached", BindOptions: null },
      ],
    },
  });
  expect([status, Warnings]).toEqual([
    201,
    [
      "BindOptions.Propagation of the mount at C:\\a has no effect on Windows containers.",
      "Consistency of the mount at C:\\b has no effect on Windows containers.",
    ],
  ]);
  expect(engine.created[0]?.hostConfig.Mounts?.[0]).toMatchObject({ Type: "bind", Source: "/srv", Target: "C:\\a", ReadOnly: true });
});

test("a platform reaches the engine", async () => {
  await create({}, "?platform=linux/amd64");
  expect(engine.created[0]?.platform).toBe("linux/amd64");
});
