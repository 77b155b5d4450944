import { type TSchema, Type } from "typebox";

/** What dockerd for Windows shows of options that no Windows container can have where they are not given; clients read many without looking whether they exist. */
export const optionsWithoutEffect = {
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: "",
  GroupAdd: null,
  IpcMode: "",
  Cgroup: "",
  OomScoreAdj: 0,
  PidMode: "",
  Privileged: false,
  ReadonlyRootfs: false,
  UTSMode: "",
  UsernsMode: "",
  ShmSize: 0,
  CgroupParent: "",
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: "",
  CpusetMems: "",
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: null,
  MaskedPaths: null,
  ReadonlyPaths: null,
} as const;

/** What dockerd shows of a container that is connected to no network. */
export const settingsWithoutNetwork = {
  Bridge: "",
  SandboxID: "",
  SandboxKey: "",
  HairpinMode: false,
  LinkLocalIPv6Address: "",
  LinkLocalIPv6PrefixLen: 0,
  SecondaryIPAddresses: null,
  SecondaryIPv6Addresses: null,
  EndpointID: "",
  Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  MacAddress: "",
};

/** The schema of fields of this kind; null stands for lists and maps, which are null where nothing was given. */
export function constantFields<Fields extends Readonly<Record<string, string | number | boolean | null>>>(fields: Fields) {
  const schemas: Record<string, TSchema> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) schemas[name] = Type.Unknown();
    else schemas[name] = typeof value === "string" ? Type.String() : typeof value === "number" ? Type.Integer() : Type.Boolean();
  }
  return schemas as { readonly [Name in keyof Fields]: ReturnType<typeof Type.Unsafe<Fields[Name] extends null ? unknown : Fields[Name]>> };
}
