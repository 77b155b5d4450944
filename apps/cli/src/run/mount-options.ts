import { InvalidArgumentError } from "commander";

/** An entry of `Mounts` in Docker's API. */
export interface MountRequest {
  Type: "bind" | "volume" | "npipe" | "tmpfs" | "cluster" | "image";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  VolumeOptions?: {
    NoCopy?: boolean;
    Subpath?: string;
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
}

const types = ["bind", "volume", "npipe", "tmpfs", "cluster", "image"] as const;

/** A place in a container without a source: a volume that nobody names, which clients give as one of the configuration's. */
const placeAlone = /^[a-z]:(?:[\\/][^:]*)?$/i;

/** What `-v` means for the request: binds and named volumes, and the places of volumes without a name. */
export function volumeOptions(given: readonly string[]): { Binds?: string[]; Volumes?: Record<string, Record<string, never>> } {
  const places = given.filter((text) => placeAlone.test(text));
  const binds = given.filter((text) => !placeAlone.test(text));
  return {
    ...(binds.length === 0 ? {} : { Binds: binds }),
    ...(places.length === 0 ? {} : { Volumes: Object.fromEntries(places.map((place) => [place, {}])) }),
  };
}

/** For commander: one more `--mount`. */
export function collectMounts(text: string, before: readonly MountRequest[] = []): readonly MountRequest[] {
  return [...before, parseMount(text)];
}

/**
 * Reads `type=volume,source=data,target=C:\data,readonly`, with the keys of docker.
 * @throws InvalidArgumentError naming the key
 */
function parseMount(text: string): MountRequest {
  const mount: MountRequest = { Type: "volume", Target: "" };
  const volume: NonNullable<MountRequest["VolumeOptions"]> = {};
  for (const field of text.split(",")) {
    const equals = field.indexOf("=");
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? undefined : field.slice(equals + 1);
    const wanted = (): string => {
      if (value !== undefined && value !== "") return value;
      throw new InvalidArgumentError(`${JSON.stringify(key)} in ${JSON.stringify(text)} needs a value.`);
    };
    switch (key) {
      case "type":
        mount.Type = typeOf(wanted());
        break;
      case "source":
      case "src":
        mount.Source = wanted();
        break;
      case "target":
      case "destination":
      case "dst":
        mount.Target = wanted();
        break;
      case "readonly":
      case "ro":
        mount.ReadOnly = flag(key, value);
        break;
      case "volume-nocopy":
        volume.NoCopy = flag(key, value);
        break;
      case "volume-subpath":
        volume.Subpath = wanted();
        break;
      case "volume-label":
        volume.Labels = { ...volume.Labels, ...pair(wanted()) };
        break;
      case "volume-driver":
        volume.DriverConfig = { ...volume.DriverConfig, Name: wanted() };
        break;
      case "volume-opt":
        volume.DriverConfig = { ...volume.DriverConfig, Options: { ...volume.DriverConfig?.Options, ...pair(wanted()) } };
        break;
      default:
        throw new InvalidArgumentError(`unknown key ${JSON.stringify(key)} in ${JSON.stringify(text)}.`);
    }
  }
  if (mount.Target === "") throw new InvalidArgumentError(`${JSON.stringify(text)} needs a target.`);
  return Object.keys(volume).length === 0 ? mount : { ...mount, VolumeOptions: volume };
}

function typeOf(text: string): MountRequest["Type"] {
  const type = types.find((known) => known === text.toLowerCase());
  if (type === undefined) throw new InvalidArgumentError(`type ${JSON.stringify(text)} is none of ${types.join(", ")}.`);
  return type;
}

function flag(key: string, value: string | undefined): boolean {
  if (value === undefined || /^(?:1|true)$/i.test(value)) return true;
  if (/^(?:0|false)$/i.test(value)) return false;
  throw new InvalidArgumentError(`${key}=${value}: must be true or false.`);
}

function pair(text: string): Record<string, string> {
  const [key = "", ...rest] = text.split("=");
  return { [key]: rest.join("=") };
}
