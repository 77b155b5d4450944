import { describe, expect, test } from "vitest";
import { scratchLabels } from "../src/index.ts";
import { readScratchLabels } from "../src/scratch-labels.ts";

const { sizeInBytes, sizeInGib, utilityVm } = scratchLabels;

describe("labels of a scratch", () => {
  test("have containerd's names", () => {
    expect(scratchLabels).toEqual({
      sizeInBytes: "containerd.io/snapshot/windows/rootfs.sizebytes",
      sizeInGib: "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb",
      utilityVm: "containerd.io/snapshot/io.microsoft.vm.storage.scratch",
    });
  });

  test.each([
    [{}, undefined],
    [{ [sizeInBytes]: "21474836481" }, 21_474_836_481n],
    [{ [sizeInGib]: "30" }, 30n * 1024n ** 3n],
    [{ [sizeInBytes]: "21474836481", [sizeInGib]: "30" }, 21_474_836_481n],
    [{ [sizeInBytes]: "0" }, undefined],
    [{ [sizeInGib]: "65536" }, 64n * 1024n ** 4n],
  ])("%j want a disk of %s bytes", (labels, size) => {
    expect(readScratchLabels(labels).size).toBe(size);
  });

  test.each([
    { [sizeInBytes]: "-1" },
    { [sizeInBytes]: "20GB" },
    { [sizeInBytes]: "" },
    { [sizeInBytes]: "0x10" },
    { [sizeInBytes]: "18446744073709551615" },
    { [sizeInGib]: "65537" },
    { [sizeInGib]: "1.5" },
    { [sizeInBytes]: "1", [sizeInGib]: "x" },
  ])("%j are refused", (labels) => {
    expect(() => readScratchLabels(labels)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  test("want a utility VM's disk whatever the value", () => {
    expect(readScratchLabels({ [utilityVm]: "false" }).utilityVm).toBe(true);
    expect(readScratchLabels({}).utilityVm).toBe(false);
  });
});
