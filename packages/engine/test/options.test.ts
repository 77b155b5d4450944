import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type ContainerConfig, type HostConfig, NotFoundError } from "@oriel/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { stubborn, type TestEngine, testEngine } from "./test-engine.ts";

let test: TestEngine | undefined;
afterEach(async () => {
  await test?.dispose();
  test = undefined;
});

describe("options that cannot be honoured", () => {
  const refused: readonly [code: string, message: string, hostConfig: HostConfig, config?: Partial<ContainerConfig>][] = [
    ["InvalidArgument", "No such container: other", { VolumesFrom: ["other"] }],
    ["InvalidArgument", "Unrecognised volume spec: invalid volume specification: '/data'", {}, { Volumes: { "/data": {} } }],
    ["InvalidArgument", "create a: volume name is too short", { Binds: ["a:C:\\data"] }],
    [
      "Internal",
      'create data: error looking up volume plugin nfs: plugin "nfs" not found',
      { Binds: ["data:C:\\data"], VolumeDriver: "nfs" },
    ],
    ["InvalidArgument", 'Invalid network mode "container"', { NetworkMode: "container" }],
    ["InvalidArgument", "invalid volume specification: '/only-one'", { Binds: ["/only-one"] }],
    ["InvalidArgument", "destination path cannot be `c:` or `c:\\`", { Binds: ["/tmp:C:\\"] }],
    ["InvalidArgument", "destination path cannot be `c:` or `c:\\`", { Binds: ["/tmp:c:"] }],
    ["InvalidArgument", "destination path cannot be `c:` or `c:\\`", { Binds: ["/tmp:c:/a/../."] }],
    ["InvalidArgument", "invalid mount path: 'data'", { Mounts: [{ Type: "bind", Source: "/tmp", Target: "data" }] }],
    ["InvalidArgument", "field Target must not be empty", { Mounts: [{ Type: "bind", Source: "/tmp", Target: "" }] }],
    ["InvalidArgument", "devices of the kind 'vpci-location-path' cannot", { Devices: [{ PathOnHost: "vpci-location-path://PCI(0)" }] }],
    ["InvalidArgument", "with Hyper-V isolation", { Isolation: "hyperv", Devices: [{ PathOnHost: "class/5B45201D" }] }],
    ["InvalidArgument", "invalid isolation 'vm' on windows", { Isolation: "vm" as "process" }],
    ["InvalidArgument", "invalid volume specification: './here:C:\\data'", { Binds: ["./here:C:\\data"] }],
    ["InvalidArgument", "'c:\\data' is not a valid pipe path", { Binds: ["\\\\.\\pipe\\feed:C:\\data"] }],
    ["InvalidArgument", "invalid volume specification: '/tmp:C:\\data:z'", { Binds: ["/tmp:C:\\data:z"] }],
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
    ["InvalidArgument", "invalid signal: SIGUSR1", {}, { StopSignal: "SIGUSR1" }],
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

  it.each([
    ["70000", { "70000/tcp": [] }],
    ["web", { web: null }],
    ["x", { "80/tcp": [{ HostPort: "x" }] }],
    ["8010-8000", { "80/tcp": [{ HostPort: "" }, { HostPort: "8010-8000" }] }],
    ["1-2-3", { "80/udp": [{ HostPort: "1-2-3" }] }],
  ])("are refused with a port that is none, in dockerd's words: %s", async (port, PortBindings) => {
    test = await testEngine();
    await expect(test.create({ hostConfig: { PortBindings } })).rejects.toThrow(`invalid port specification: ${JSON.stringify(port)}`);
    const fine = { "80/tcp": [{ HostPort: "8000-8010" }, {}], "81": null, "0/udp": [{ HostPort: "65535/tcp" }] };
    expect(await test.create({ hostConfig: { PortBindings: fine } })).toMatch(/^[0-9a-f]{64}$/);
  });

  it("are warned of where the container runs without them", async () => {
    test = await testEngine();
    const { warnings } = await test.engine.containers.create({
      config: { Image: "oriel/nano", Healthcheck: { Test: ["CMD", "x"] } },
      hostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "1m" } } },
    });
    expect(warnings).toEqual(["Log options are stored but not applied: max-size.", "The health check is stored but not run."]);
  });

  it.each(["", "default", "none"])("are not those that clients send by themselves: network %j", async (NetworkMode) => {
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

describe("a network", () => {
  it("that is not there lets the creation succeed and the start fail, as a 404 of a creation makes docker pull", async () => {
    test = await testEngine({ program: () => stubborn });
    const id = await test.create({ hostConfig: { NetworkMode: "host" } });
    await expect(test.engine.containers.start(id)).rejects.toThrow(
      expect.objectContaining({ code: "NotFound", message: "network host not found", remedy: undefined }),
    );
    const { state } = await test.engine.containers.inspect(id);
    expect([state.status, state.exitCode, state.error]).toEqual(["created", 128, "network host not found"]);
  });
});

describe("a platform", () => {
  const create = (platform: string) =>
    test?.engine.containers.create({ platform, config: { Image: "oriel/nano" }, hostConfig: {} }) ?? Promise.reject(new Error("no engine"));

  it.each(["linux/amd64", "linux", "windows/arm64", "arm64", "windows/arm64/v8", "plan9/386"])(
    "that the image does not have, %s, is a missing image, in dockerd's words",
    async (platform) => {
      test = await testEngine();
      await expect(create(platform)).rejects.toThrow(
        expect.objectContaining({
          code: "NotFound",
          message: expect.stringMatching(
            /^image with reference oriel\/nano was found but its platform \(windows\/amd64\) does not match the specified platform \(\w+\/\w+/,
          ),
        }),
      );
    },
  );

  it.each(["windows/amd64", "Windows", "amd64", "windows/x86_64", "windows(10.0.20348)/amd64"])(
    "that it has, %s, is taken",
    async (platform) => {
      test = await testEngine();
      expect((await create(platform)).warnings).toEqual([]);
    },
  );

  it("that was not asked for, on a host of another processor, is warned of in dockerd's words", async () => {
    test = await testEngine({ host: { architecture: "arm64", osVersion: { major: 10, minor: 0, build: 20348, revision: 1 } } });
    const { containers } = test.engine;
    expect((await containers.create({ config: { Image: "oriel/nano" }, hostConfig: {} })).warnings).toEqual([
      "The requested image's platform (windows/amd64) does not match the detected host platform (windows(10.0.20348)/arm64) and no specific platform was requested",
    ]);
    expect((await create("windows/amd64")).warnings).toEqual([]);
  });

  it.each(["a/b/c/d", "windows/", "/amd64", "win dows"])("that is none, %j, is refused", async (platform) => {
    test = await testEngine();
    await expect(create(platform)).rejects.toThrow(`invalid platform ${JSON.stringify(platform)}: must be os/architecture`);
  });
});

it("a creation reports NotFound for a missing image and nothing else, as docker pulls then", async () => {
  const lost = new NotFoundError("layer sha256:ab is not there", { op: "scratch.create" });
  test = await testEngine({
    intercept: (service) =>
      new Proxy(service, {
        get: (target, name) => (name === "createScratch" ? () => Promise.reject(lost) : Reflect.get(target, name)),
      }),
  });
  await expect(test.create()).rejects.toThrow(expect.objectContaining({ code: "Internal", message: lost.message, cause: lost }));
  await expect(test.create({ config: { Image: "nosuch" } })).rejects.toThrow(expect.objectContaining({ code: "NotFound" }));
});

describe("two mounts at one place", () => {
  it.each([
    ["C:\\data", "c:/DATA"],
    ["C:\\data", "C:\\data\\"],
    ["C:\\data", "C:\\other\\..\\.\\data"],
    ["C:\\data", "C:\\data. "],
    ["D:", "d:\\"],
  ])("are refused at create in whatever spelling: %s and %s", async (one, other) => {
    test = await testEngine();
    const refusal = (shown: string) => expect.objectContaining({ code: "InvalidArgument", message: `Duplicate mount point: ${shown}` });
    const asRead = other
      .toLowerCase()
      .replaceAll("/", "\\")
      .replace(/(?<=...)\\$/, "");
    await expect(test.create({ hostConfig: { Binds: [`/tmp:${one}`, `/tmp:${other}`] } })).rejects.toThrow(refusal(asRead));
    const Mounts = [{ Type: "bind" as const, Source: "/tmp", Target: other }];
    await expect(test.create({ hostConfig: { Binds: [`/tmp:${one}`], Mounts } })).rejects.toThrow(refusal(other));
  });

  it("are refused for pipes, too", async () => {
    test = await testEngine();
    const Binds = ["\\\\.\\pipe\\a:\\\\.\\pipe\\b", "//./PIPE/c://./Pipe/B"];
    await expect(test.create({ hostConfig: { Binds } })).rejects.toThrow("Duplicate mount point: \\\\.\\pipe\\b");
  });
});

describe("a volume at a place that a bind covers", () => {
  const Binds = ["/tmp:C:\\Data"];

  it.each(["C:\\Data", "c:/data/"])("is dropped: %s", async (place) => {
    test = await testEngine();
    const id = await test.create({ config: { Volumes: { [place]: {} } }, hostConfig: { Binds } });
    expect((await test.engine.containers.inspect(id)).mounts).toMatchObject([{ type: "bind", source: "/tmp", destination: "c:\\data" }]);
    expect(await test.engine.volumes.list()).toEqual([]);
  });

  it("does not hide another", async () => {
    test = await testEngine();
    const id = await test.create({ config: { Volumes: { "C:\\Data": {}, "C:\\Data\\sub": {} } }, hostConfig: { Binds } });
    expect((await test.engine.containers.inspect(id)).mounts).toMatchObject([
      { type: "bind" },
      { type: "volume", destination: "c:\\data\\sub" },
    ]);
  });
});

describe("folders and pipes of the host", () => {
  it("reach the runtime through the spec's mounts", async () => {
    test = await testEngine({ program: () => stubborn });
    const source = path.join(test.root, "data");
    await mkdir(source);
    const id = await test.create({
      hostConfig: { Binds: [`${source}:C:\\data:ro`], Mounts: [{ Type: "npipe", Source: "\\\\.\\pipe\\a", Target: "\\\\.\\pipe\\b" }] },
    });
    await test.engine.containers.start(id);
    expect(test.runtime.specOf(id)?.mounts).toEqual([
      { destination: "\\\\.\\pipe\\b", source: "\\\\.\\pipe\\a" },
      { destination: "c:\\data", source, options: ["ro"] },
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
