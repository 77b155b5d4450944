import { describe, expect, it } from "vitest";
import { collectMounts, volumeOptions } from "../src/run/mount-options.ts";
import { createBody } from "../src/run/run-options.ts";

describe("-v", () => {
  it("names what is mounted, or only a place for a volume without a name", () => {
    const binds = ["data:C:\\data", "/srv:D:", "C:\\a:C:\\b:ro", "\\\\.\\pipe\\a:\\\\.\\pipe\\b"];
    expect(volumeOptions([...binds, "C:\\anon", "d:", "E:/x/y"])).toEqual({
      Binds: binds,
      Volumes: { "C:\\anon": {}, "d:": {}, "E:/x/y": {} },
    });
    expect(volumeOptions([])).toEqual({});
  });
});

describe("--mount", () => {
  it.each([
    ["type=bind,src=/srv,dst=C:\\data,ro", { Type: "bind", Source: "/srv", Target: "C:\\data", ReadOnly: true }],
    ["target=C:\\data", { Type: "volume", Target: "C:\\data" }],
    ["type=npipe,source=\\\\.\\pipe\\a,destination=\\\\.\\pipe\\b", { Type: "npipe", Source: "\\\\.\\pipe\\a", Target: "\\\\.\\pipe\\b" }],
    [
      "Type=volume,source=data,target=D:,readonly=false,volume-nocopy,volume-subpath=sub,volume-label=a=b,volume-label=c,volume-driver=local,volume-opt=o=1",
      {
        Type: "volume",
        Source: "data",
        Target: "D:",
        ReadOnly: false,
        VolumeOptions: {
          NoCopy: true,
          Subpath: "sub",
          Labels: { a: "b", c: "" },
          DriverConfig: { Name: "local", Options: { o: "1" } },
        },
      },
    ],
  ])("%s is read as docker reads it", (text, mount) => {
    expect(collectMounts(text)).toEqual([mount]);
  });

  it.each([
    ["type=disk,target=D:", 'type "disk" is none of'],
    ["source=data", "needs a target"],
    ["source,target=D:", '"source" in "source,target=D:" needs a value'],
    ["target=D:,readonly=maybe", "readonly=maybe: must be true or false"],
    ["target=D:,size=1", 'unknown key "size"'],
  ])("%s is refused, naming what is wrong", (text, message) => {
    expect(() => collectMounts(text)).toThrow(message);
  });
});

it("the request for a container has its mounts, and the volumes of others", () => {
  const options = { volume: ["data:C:\\data", "C:\\anon"], mount: collectMounts("target=D:"), volumesFrom: ["other:ro"] };
  expect(createBody("i", [], options, {})).toMatchObject({
    Volumes: { "C:\\anon": {} },
    HostConfig: { Binds: ["data:C:\\data"], Mounts: [{ Type: "volume", Target: "D:" }], VolumesFrom: ["other:ro"] },
  });
});
