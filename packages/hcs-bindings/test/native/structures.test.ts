import { expect, test } from "vitest";
import { structures } from "../../src/native/structures.ts";

type Structure = ReturnType<typeof structures>["driverInfo"];

const offsets = (type: Structure) => Object.fromEntries(Object.values(type.members ?? {}).map(({ name, offset }) => [name, offset]));

// Sizes and offsets of the x64 and arm64 ABIs, which agree on these.
test("HCS_PROCESS_INFORMATION is laid out as HCS writes it", () => {
  const { processInformation } = structures();
  expect(processInformation.size).toBe(32);
  expect(offsets(processInformation)).toEqual({ ProcessId: 0, Reserved: 4, StdInput: 8, StdOutput: 16, StdError: 24 });
});

test("DriverInfo is laid out as the layer functions read it", () => {
  const { driverInfo } = structures();
  expect(driverInfo.size).toBe(16);
  expect(offsets(driverInfo)).toEqual({ Flavour: 0, HomeDir: 8 });
});

test("WC_LAYER_DESCRIPTOR holds a GUID of 16 bytes, and is 32 long in an array", () => {
  const { layerDescriptor } = structures();
  expect(layerDescriptor.size).toBe(32);
  expect(offsets(layerDescriptor)).toEqual({ LayerId: 0, Flags: 16, Path: 24 });
});

test("Win32's own structures have the sizes of its headers", () => {
  const { fileBasicInfo, fileDispositionInfo, osVersionInfo, tokenPrivileges } = structures();
  expect(fileBasicInfo.size).toBe(40);
  expect(offsets(fileBasicInfo)).toEqual({ CreationTime: 0, LastAccessTime: 8, LastWriteTime: 16, ChangeTime: 24, FileAttributes: 32 });
  expect(fileDispositionInfo.size).toBe(1);
  expect(osVersionInfo.size).toBe(276);
  expect(offsets(osVersionInfo)).toMatchObject({ dwMajorVersion: 4, dwMinorVersion: 8, dwBuildNumber: 12, szCSDVersion: 20 });
  expect(tokenPrivileges.size).toBe(16);
  expect(offsets(tokenPrivileges)).toEqual({ PrivilegeCount: 0, LowPart: 4, HighPart: 8, Attributes: 12 });
});
