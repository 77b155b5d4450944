/**
 * The runtime spec as a JSON Schema (draft 2020-12): the part of the OCI runtime specification 1.2 that containers on
 * Windows use. `checkRuntimeSpec` interprets it, and `FromSchema` makes the TypeScript types of it, so that the three cannot differ.
 * Properties that are not named here are allowed, as the specification demands.
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config-windows.md
 */
const text = { type: "string" } as const;
const name = { type: "string", minLength: 1 } as const;
const flag = { type: "boolean" } as const;
const strings = { type: "array", items: text } as const;
const stringMap = { type: "object", additionalProperties: text } as const;
const count = { type: "integer", minimum: 0 } as const;
const unsigned32 = { type: "integer", minimum: 0, maximum: 0xffff_ffff } as const;
/** Ten thousand is the whole, for weights and for shares of the processors; 0 stands for unset. */
const tenThousandths = { type: "integer", minimum: 0, maximum: 10_000 } as const;

const processSchema = {
  type: "object",
  properties: {
    terminal: flag,
    consoleSize: { type: "object", properties: { height: count, width: count }, required: ["height", "width"] },
    user: {
      type: "object",
      properties: {
        username: text,
        uid: unsigned32,
        gid: unsigned32,
        umask: unsigned32,
        additionalGids: { type: "array", items: unsigned32 },
      },
      required: [],
    },
    args: { type: "array", items: text, minItems: 1 },
    commandLine: name,
    env: { type: "array", items: { type: "string", pattern: "^[^\\u0000]*$" } },
    cwd: name,
    capabilities: {
      type: "object",
      properties: { bounding: strings, effective: strings, inheritable: strings, permitted: strings, ambient: strings },
      required: [],
    },
    noNewPrivileges: flag,
  },
  required: ["user", "cwd"],
  anyOf: [{ required: ["args"] }, { required: ["commandLine"] }],
} as const;

const mountSchema = {
  type: "object",
  properties: { destination: name, source: text, type: text, options: strings },
  required: ["destination"],
} as const;

const windowsSchema = {
  type: "object",
  properties: {
    layerFolders: { type: "array", items: name, minItems: 1 },
    devices: { type: "array", items: { type: "object", properties: { id: name, idType: name }, required: ["id", "idType"] } },
    resources: {
      type: "object",
      properties: {
        memory: { type: "object", properties: { limit: count }, required: [] },
        cpu: { type: "object", properties: { count, shares: tenThousandths, maximum: tenThousandths }, required: [] },
        storage: { type: "object", properties: { iops: count, bps: count, sandboxSize: count }, required: [] },
      },
      required: [],
    },
    // The specification has an object here; dockerd writes the object's text, and runtimes take both.
    credentialSpec: { anyOf: [{ type: "object" }, { type: "string" }] },
    servicing: flag,
    ignoreFlushesDuringBoot: flag,
    hyperv: { type: "object", properties: { utilityVMPath: text }, required: [] },
    network: {
      type: "object",
      properties: {
        endpointList: strings,
        allowUnqualifiedDNSQuery: flag,
        DNSSearchList: strings,
        networkSharedContainerName: text,
        networkNamespace: text,
      },
      required: [],
    },
  },
  required: ["layerFolders"],
} as const;

const linuxSchema = {
  type: "object",
  properties: {
    namespaces: { type: "array", items: { type: "object", properties: { type: name, path: text }, required: ["type"] } },
    maskedPaths: strings,
    readonlyPaths: strings,
    cgroupsPath: text,
    sysctl: stringMap,
  },
  required: [],
} as const;

export const runtimeSpecSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "OCI runtime spec 1.2 of a container on Windows",
  type: "object",
  properties: {
    ociVersion: { type: "string", pattern: "^1\\.[0-9]+\\.[0-9]+" },
    process: processSchema,
    root: { type: "object", properties: { path: text, readonly: flag }, required: ["path"] },
    hostname: text,
    domainname: text,
    mounts: { type: "array", items: mountSchema },
    annotations: stringMap,
    windows: windowsSchema,
    linux: linuxSchema,
  },
  required: ["ociVersion"],
} as const;
