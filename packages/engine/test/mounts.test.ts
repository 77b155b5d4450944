import { describe, expect, it } from "vitest";
import { askedMountsOf, configVolumesOf } from "../src/volumes/asked-mounts.ts";
import { parseBind } from "../src/volumes/parse-bind.ts";
import { parseMount } from "../src/volumes/parse-mount.ts";

const onWindows = process.platform === "win32";

describe("a bind", () => {
  it.each([
    ["/srv/Data:C:\\Data", { type: "bind", source: "/srv/Data", destination: "c:\\data", readOnly: false }],
    ["/srv/data:c:/data/sub/:ro", { type: "bind", source: "/srv/data", destination: "c:\\data\\sub", readOnly: true }],
    ["/srv/a:b:C:\\data:RW", { type: "bind", source: "/srv/a:b", destination: "c:\\data", readOnly: false }],
    ["C:\\Windows/Temp\\:C:\\Data:ro", { type: "bind", source: "c:\\windows\\temp", destination: "c:\\data", readOnly: true }],
    ["\\\\.\\pipe\\feed:\\\\.\\pipe\\in", { type: "npipe", source: "\\\\.\\pipe\\feed", destination: "\\\\.\\pipe\\in", readOnly: false }],
    ["//./PIPE/Feed://./pipe/in", { type: "npipe", source: "\\\\.\\pipe\\feed", destination: "\\\\.\\pipe\\in", readOnly: false }],
    ["Data:D:", { type: "volume", source: "", destination: "d:", readOnly: false, volume: { name: "data" } }],
    ["data:d:\\:ro", { type: "volume", source: "", destination: "d:\\", readOnly: true, volume: { name: "data" } }],
    ["C:\\anon", { type: "volume", source: "", destination: "c:\\anon", readOnly: false, volume: { name: "" } }],
  ])("is read as dockerd on Windows reads it: %s", (bind, expected) => {
    if (onWindows && bind.startsWith("/srv")) return;
    expect(parseBind(bind)).toEqual({ given: bind, ...expected });
  });

  it.each([
    ["v5:C:\\", ': invalid mount config for type "volume": destination path cannot be `c:` or `c:\\`: c:\\'],
    ["C:\\windows\\temp:C:", ': invalid mount config for type "bind": destination path cannot be `c:` or `c:\\`: c:'],
    ["v5:relative", ""],
    ["v5:C:\\a:zz", ""],
    ["C:\\a:ro", ""],
    ["v5:C:\\a*b", ""],
    ["v5:C:\\\\a", ""],
    ["", ""],
  ])("is refused in dockerd's words: %j", (bind, why) => {
    expect(() => parseBind(bind)).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: `invalid volume specification: '${bind}'${why}`, remedy: undefined }),
    );
  });

  it("carries the driver that was asked for, of volumes only", () => {
    expect(parseBind("data:D:", "nfs").volume).toEqual({ name: "data", driver: "nfs" });
    expect(parseBind("C:\\x:D:", "nfs").volume).toBeUndefined();
  });
});

describe("a mount", () => {
  const target = { Target: "C:\\Data" };

  it("of a volume is read with its options", () => {
    const VolumeOptions = { NoCopy: true, Labels: { a: "b" }, DriverConfig: { Name: "local", Options: { x: "y" } }, Subpath: "sub/x" };
    expect(parseMount({ Type: "volume", Source: "Data", ReadOnly: true, VolumeOptions, ...target })).toEqual({
      type: "volume",
      source: "",
      destination: "C:\\Data",
      readOnly: true,
      volume: { name: "data", noCopy: true, labels: { a: "b" }, driver: "local", driverOptions: { x: "y" }, subpath: "sub/x" },
    });
    expect(parseMount({ Type: "volume", ...target }).volume).toEqual({ name: "" });
  });

  it.each([
    ["tmpfs", {}, "mount type unknown"],
    ["cluster", { Source: "data" }, "mount type unknown"],
    ["image", { Source: "oriel/nano" }, "mount type unknown"],
    ["volume", { Target: "" }, "field Target must not be empty"],
    ["volume", { Target: "C:/" }, "destination path cannot be `c:` or `c:\\`: c:\\"],
    ["volume", { Target: "data" }, "invalid mount path: 'data'"],
    ["volume", { BindOptions: {} }, "field BindOptions must not be specified"],
    ["volume", { Source: "a/b" }, "invalid volume name"],
    ["volume", { ReadOnly: true }, "must not set ReadOnly mode when using anonymous volumes"],
    ["volume", { VolumeOptions: { Subpath: "x" } }, "must not set Subpath when using anonymous volumes"],
    ["volume", { Source: "data", VolumeOptions: { Subpath: "a\\..\\.." } }, "subpath must be a relative path within the volume"],
    ["volume", { Source: "data", VolumeOptions: { Subpath: "C:x" } }, "subpath must be a relative path within the volume"],
    ["bind", {}, "field Source must not be empty"],
    ["bind", { Source: "C:\\x", VolumeOptions: {} }, "field VolumeOptions must not be specified"],
    ["bind", { Source: "here" }, "invalid mount path: 'here' mount path must be absolute"],
    ["npipe", {}, "field Source must not be empty"],
    ["npipe", { Source: "\\\\.\\pipe\\a" }, "'C:\\Data' is not a valid pipe path"],
    ["npipe", { Source: "C:\\a", Target: "\\\\.\\pipe\\a" }, "'C:\\a' is not a valid pipe path"],
    ["npipe", { Source: "\\\\.\\pipe\\a", Target: "\\\\.\\pipe\\b", ReadOnly: true }, "field ReadOnly must not be specified"],
  ] as const)("is refused in dockerd's words: %s %j", (Type, rest, why) => {
    expect(() => parseMount({ Type, ...target, ...rest })).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: `invalid mount config for type "${Type}": ${why}` }),
    );
  });
});

it("two mounts at one place are refused, binds as they are read and mounts as they were written", () => {
  expect(() => askedMountsOf({ Binds: ["v5:C:\\x", "v6:c:\\X"] })).toThrow("Duplicate mount point: c:\\x");
  expect(() => askedMountsOf({ Binds: ["v5:C:\\x"], Mounts: [{ Type: "volume", Target: "c:/X/" }] })).toThrow(
    "Duplicate mount point: c:/X/",
  );
});

it("a volume of a configuration is a place in the container, and nothing else", () => {
  expect(configVolumesOf({ "C:\\Data": {} })).toMatchObject([{ type: "volume", destination: "c:\\data", volume: { name: "" } }]);
  for (const place of ["/data", "v1:C:\\data", "C:\\"])
    expect(() => configVolumesOf({ [place]: {} })).toThrow("Unrecognised volume spec: ");
});
