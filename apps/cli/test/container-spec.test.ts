import { describe, expect, it } from "vitest";
import { containerSpec, type SpecFacts } from "../src/spec/container-spec.ts";

const facts: SpecFacts = {
  image: { Cmd: ["cmd.exe"], Env: ["Path=C:\\Windows"], WorkingDir: "C:\\app" },
  os: "windows",
  layers: ["sha256:base", "sha256:upper"],
  defaultIsolation: "process",
  processors: 4,
};

describe("the spec that a container would run from", () => {
  it("is that of the words and the image, with the image's layers from the uppermost down", () => {
    const { spec, warnings } = containerSpec({ Image: "app", Cmd: ["ping", "two words"], Env: ["A=1"] }, {}, facts);
    expect(spec.process).toMatchObject({ args: ["ping", "two words"], cwd: "C:\\app", env: ["A=1", "Path=C:\\Windows"] });
    expect(spec.windows?.layerFolders).toEqual(["<layer sha256:upper>", "<layer sha256:base>", "<scratch of the container>"]);
    expect(warnings).toEqual([]);
  });

  it("says of each field where it comes from", () => {
    const { fields } = containerSpec({ Image: "app", User: "ContainerUser" }, { Isolation: "hyperv" }, facts);
    const origins = Object.fromEntries(fields.map(({ field, origin }) => [field, origin]));
    expect(origins).toMatchObject({ "process.cwd": "image", "process.user.username": "flag", "windows.layerFolders": "host" });
    expect(origins["windows.hyperv"]).toBe("flag");
  });

  it("refuses what a container could not have", () => {
    expect(() => containerSpec({ Image: "app" }, { CpuPercent: 101 }, facts)).toThrow("101");
  });
});
