import { type ImageConfig, InvalidArgumentError } from "@oriel/contracts";
import { isDigest } from "../content/digest.ts";
import { archiveLimits, requireAtMost } from "./archive-limits.ts";
import {
  asArray,
  asBoolean,
  asCount,
  asNumber,
  asObject,
  asString,
  asStrings,
  type JsonObject,
  optional,
  parseJson,
} from "./json-shape.ts";

const op = "image.load";

type Read = (value: unknown, where: string) => unknown;
type Fields = Readonly<Record<string, Read>>;

/** An object of which only these fields are read. Null stands for absent, as Go writes it. */
function record(fields: Fields): Read {
  return (value, where) => {
    const object = asObject(value, where);
    const read = Object.entries(fields).map(([name, readField]) => [name, optional(object[name], `${where}: ${name}`, readField)] as const);
    return Object.fromEntries(read.filter(([, item]) => item !== undefined));
  };
}

function each(readItem: Read): Read {
  return (value, where) => asArray(value, where).map((item, index) => readItem(item, `${where}[${index}]`));
}

/** An object whose keys are free. */
function table(readItem: Read): Read {
  return (value, where) =>
    Object.fromEntries(
      Object.entries(asObject(value, where)).map(([key, item]) => [key, readItem(item, `${where}[${JSON.stringify(key)}]`)]),
    );
}

/** Go's `map[string]struct{}`. */
const readSet = table((value, where) => {
  optional(value, where, asObject);
  return {};
});

/** A time as Go reads it from JSON (RFC 3339), which clients in Go read it as again. */
function asTime(value: unknown, where: string): string {
  const text = asString(value, where);
  if (timeForm.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError(`${where} is ${JSON.stringify(text.slice(0, 100))}, and must be a time such as 2026-01-02T15:04:05Z`, {
    op,
  });
}
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Times are Go durations: nanoseconds. */
const readHealthcheck = record({
  Test: asStrings,
  Interval: asNumber,
  Timeout: asNumber,
  StartPeriod: asNumber,
  StartInterval: asNumber,
  Retries: asCount,
});

const readImage = record({
  created: asTime,
  author: asString,
  architecture: asString,
  os: asString,
  "os.version": asString,
  "os.features": asStrings,
  variant: asString,
  config: record({
    User: asString,
    ExposedPorts: readSet,
    Env: asStrings,
    Entrypoint: asStrings,
    Cmd: asStrings,
    Volumes: readSet,
    WorkingDir: asString,
    Labels: table(asString),
    StopSignal: asString,
    ArgsEscaped: asBoolean,
    OnBuild: asStrings,
    Shell: asStrings,
    Healthcheck: readHealthcheck,
  }),
  history: each(record({ created: asTime, created_by: asString, author: asString, comment: asString, empty_layer: asBoolean })),
});

/**
 * Reads an image configuration: the fields of `ImageConfig`, each checked; others are left out.
 *
 * @param where shown in errors: the archive's entry.
 * @throws InvalidArgumentError naming entry and field; for an image of another operating system, and for one without layers.
 */
export function parseImageConfig(bytes: Uint8Array, where: string): ImageConfig {
  const image = asObject(parseJson(bytes, where), where);
  const { os, architecture } = readPlatform(image, where);
  if (os !== "windows") throw foreignPlatform(os, architecture, where);
  if (image.rootfs === undefined || image.rootfs === null) {
    throw new InvalidArgumentError(`invalid image JSON, no RootFS key: ${where}`, { op });
  }
  const rootfs = asObject(image.rootfs, `${where}: rootfs`);
  const type = asString(rootfs.type, `${where}: rootfs.type`);
  if (type !== "layers") throw new InvalidArgumentError(`${where}: rootfs.type is ${JSON.stringify(type)}, and must be "layers"`, { op });
  const diffIds = asStrings(rootfs.diff_ids, `${where}: rootfs.diff_ids`);
  const stray = diffIds.find((diffId) => !isDigest(diffId));
  if (stray !== undefined) {
    throw new InvalidArgumentError(`${where}: rootfs.diff_ids holds ${JSON.stringify(stray)}, and must hold sha256 digests`, { op });
  }
  requireAtMost(archiveLimits.maxLayers, diffIds.length, `${where}: the image`, "layers");
  if (diffIds.length === 0)
    throw new InvalidArgumentError(`${where}: the image has no layers, and a Windows image needs a base layer`, { op });
  return { ...(readImage(image, where) as Omit<ImageConfig, "rootfs">), rootfs: { type: "layers", diff_ids: [...diffIds] } };
}

/** Operating system and architecture that an image's configuration names, without a look at the rest. */
export function readPlatform(image: JsonObject, where: string): { os: string; architecture: string } {
  return { os: asString(image.os, `${where}: os`), architecture: asString(image.architecture, `${where}: architecture`) };
}

/** The refusal of an image that is not for Windows, in dockerd's words. */
export function foreignPlatform(os: string, architecture: string, where: string): InvalidArgumentError {
  return new InvalidArgumentError(`cannot load ${os} image on windows: ${where} is for ${os}/${architecture}`, {
    op,
    remedy: "Oriel runs Windows images only",
  });
}
