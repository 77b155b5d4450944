import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ContainerConfig, HostConfig } from "@oriel/core";
import { afterEach, describe, expect, it } from "vitest";
import { mountPointsOf } from "../src/mount-points.ts";
import { stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine | undefined;
afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

describe("options that cannot be honoured", () => {
  const refused: readonly [code: string, message: string, hostConfig: HostConfig, config?: Partial<ContainerConfig>][] = [
    ["Unimplemented", "VolumesFrom (other)", { VolumesFrom: ["other"] }],
    ["Unimplemented", "Links (db:db)", { Links: ["db:db"] }],
    ["Unimplemented", "Volumes (C:\\data)", {}, { Volumes: { "C:\\data": {} } }],
    ["Unimplemented", 'named volume "data"', { Binds: ["data:C:\\data"] }],
    ["Unimplemented", 'Mounts: type "volume" at C:\\data', { Mounts: [{ Type: "volume", Source: "x", Target: "C:\\data" }] }],
    ["Unimplemented", "NetworkMode (container:web)", { NetworkMode: "container:web" }],
    ["NotFound", "network mine not found", { NetworkMode: "mine" }],
    ["InvalidArgument", "invalid volume specification: '/only-one'", { Binds: ["/only-one"] }],
    ["InvalidArgument", "destination path cannot be 'c:' or 'c:\\'", { Binds: ["/tmp:C:\\"] }],
    ["InvalidArgument", "destination path cannot be 'c:' or 'c:\\'", { Binds: ["/tmp:c:"] }],
    ["InvalidArgument", "source must be an absolute path", { Binds: ["./here:C:\\data"] }],
    ["InvalidArgument", "a pipe can only be mounted at a pipe", { Binds: ["\\\\.\\pipe\\feed:C:\\data"] }],
    ["InvalidArgument", "invalid mode: z in", { Binds: ["/tmp:C:\\data:z"] }],
    ["InvalidArgument", "bind source path does not exist: /no/such/folder", { Binds: ["/no/such/folder:C:\\data"] }],
    ["InvalidArgument", "no log driver named 'syslog' is registered", { LogConfig: { Type: "syslog" } }],
    ["InvalidArgument", "unknown policy 'sometimes'", { RestartPolicy: { Name: "sometimes" as "always" } }],
    [
      "InvalidArgument",
      "maximum retry count can only be used with 'on-failure'",
      { RestartPolicy: { Name: "always", MaximumRetryCount: 3 } },
    ],
    ["InvalidArgument", "maximum retry count cannot be negative", { RestartPolicy: { Name: "on-failure", MaximumRetryCount: -1 } }],
    ["InvalidArgument", "can't create 'AutoRemove' container with restart policy", { AutoRemove: true, RestartPolicy: { Name: "always" } }],
    ["InvalidArgument", "Invalid signal: SIGUSR1", {}, { StopSignal: "SIGUSR1" }],
    ["InvalidArgument", "StopTimeout -2", {}, { StopTimeout: -2 }],
    ["InvalidArgument", "security option not supported: seccomp", { SecurityOpt: ["seccomp=unconfined"] }],
    ["InvalidArgument", "File not found", { SecurityOpt: ["credentialspec=file://none.json"] }],
  ];

  it.each(refused)("are refused with %s: %s", async (code, message, hostConfig, config = {}) => {
    test = await testEngine();
    await expect(test.create({ hostConfig, config })).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(await test.storage.listScratches()).toEqual([]);
  });

  it("are warned of where the container runs without them", async () => {
    test = await testEngine();
    const { warnings } = await test.engine.containers.create({
      config: { Image: "oriel/nano", Healthcheck: { Test: ["CMD", "x"] } },
      hostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8080" }] }, LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } },
    });
    expect(warnings).toEqual([
      "Ports are not published: 80/tcp. This version connects containers to no network.",
      "Log options are stored but not applied: max-size.",
      "The health check is stored but not run.",
    ]);
  });

  it.each(["", "default", "nat", "bridge", "none"])("are not those that clients send by themselves: network %j", async (NetworkMode) => {
    test = await testEngine();
    const made = await test.engine.containers.create({
      config: { Image: "oriel/nano" },
      hostConfig: {
        NetworkMode,
        PortBindings: {},
        Binds: null,
        Links: null,
        VolumesFrom: null,
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        LogConfig: { Type: "", Config: {} },
        ConsoleSize: [0, 0],
      },
    });
    expect(made.warnings).toEqual([]);
  });
});

describe("folders and pipes of the host", () => {
  it.each([
    ["/srv/data:C:\\data", { source: "/srv/data", destination: "C:\\data", readOnly: false }],
    ["/srv/data:c:/data/sub:ro", { source: "/srv/data", destination: "c:/data/sub", readOnly: true }],
    ["/srv/a:b:C:\\data:RW", { source: "/srv/a:b", destination: "C:\\data", readOnly: false }],
    ["\\\\.\\pipe\\feed:\\\\.\\pipe\\in", { source: "\\\\.\\pipe\\feed", destination: "\\\\.\\pipe\\in", readOnly: false }],
    ["//./PIPE/feed://./pipe/in", { source: "//./PIPE/feed", destination: "//./pipe/in", readOnly: false }],
  ])("are read from the bind %s", (bind, expected) => {
    expect(mountPointsOf({ Binds: [bind] })).toEqual([expected]);
  });

  it("reach the runtime through the spec's mounts", async () => {
    test = await testEngine({ program: () => stubborn });
    const source = path.join(test.root, "data");
    await mkdir(source);
    const id = await test.create({
      hostConfig: { Binds: [`${source}:C:\\data:ro`], Mounts: [{ Type: "npipe", Source: "\\\\.\\pipe\\a", Target: "\\\\.\\pipe\\b" }] },
    });
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.mounts).toEqual([
      { destination: "C:\\data", source, options: ["ro"] },
      { destination: "\\\\.\\pipe\\b", source: "\\\\.\\pipe\\a" },
    ]);
  });

  it("must be folders, at create and again at start", async () => {
    test = await testEngine();
    const source = path.join(test.root, "a-file");
    await writeFile(source, "");
    await expect(test.create({ hostConfig: { Binds: [`${source}:C:\\data`] } })).rejects.toThrow("source path must be a directory");
  });
});

describe("credential specs", () => {
  it("come from the folder of that name in the root", async () => {
    test = await testEngine({ program: () => stubborn });
    await mkdir(path.join(test.root, "CredentialSpecs"));
    await writeFile(path.join(test.root, "CredentialSpecs", "web.json"), '{"CmsPlugins":[]}');
    const id = await test.create({ hostConfig: { SecurityOpt: ["credentialspec=file://web.json"] } });
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.windows?.credentialSpec).toBe('{"CmsPlugins":[]}');
  });

  it("registry:// is the value of that name in the host's registry", async () => {
    const key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\Containers\\CredentialSpecs";
    const registryText = async (asked: string, name: string): Promise<string | undefined> =>
      asked === key && name === "web" ? '{"CmsPlugins":["ActiveDirectory"]}' : undefined;
    test = await testEngine({ program: () => stubborn, host: { registryText } });
    const id = await test.create({ hostConfig: { SecurityOpt: ["credentialspec=registry://web"] } });
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.windows?.credentialSpec).toBe('{"CmsPlugins":["ActiveDirectory"]}');
    await expect(test.create({ hostConfig: { SecurityOpt: ["credentialspec=registry://other"] } })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining('registry credential spec "other"'),
    });
  });
});
