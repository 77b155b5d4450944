import { type HostFacts, type ImageRecord, InvalidArgumentError, NotFoundError } from "@oriel/contracts";

interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** Other names of architectures, as containerd reads them. */
const architectures: Readonly<Record<string, string>> = { x86_64: "amd64", "x86-64": "amd64", aarch64: "arm64", i386: "386" };

/** Parts that have no name without them. */
const defaultVariants: Readonly<Record<string, string>> = { arm64: "v8" };

const op = "container.create";

/**
 * `os[/architecture[/variant]]` or an architecture alone; what is not given is the host's.
 * @throws InvalidArgumentError for what is no platform
 */
export function parsePlatform(text: string, host: Pick<HostFacts, "architecture">): Platform {
  const parts = text.toLowerCase().split("/");
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+(?:\([a-z0-9_.-]*\))?$/.test(part))) {
    throw new InvalidArgumentError(`invalid platform ${JSON.stringify(text)}: must be os/architecture, such as windows/amd64`, { op });
  }
  const [first = "", second, variant = ""] = parts;
  // A version of the system, as in windows(10.0.20348)/amd64, says which of several manifests to choose; an image that is here is one already.
  const os = first.replace(/\(.*/, "");
  const known = architectures[os] ?? os;
  const isArchitecture = ["amd64", "arm64", "arm", "386"].includes(known);
  if (second === undefined && isArchitecture) return { os: "windows", architecture: known, variant: "" };
  return { os, architecture: architectures[second ?? ""] ?? second ?? host.architecture, variant };
}

/**
 * docker pulls the image when the status says that there is none of this platform.
 * @throws NotFoundError in dockerd's words when the image is not of the platform
 */
export function assertPlatform(image: ImageRecord, reference: string, asked: Platform): void {
  const { os, architecture, variant = "" } = image.config;
  const own = { os, architecture, variant };
  if (own.os === asked.os && own.architecture === asked.architecture && variantOf(own) === variantOf(asked)) return;
  const message = `image with reference ${reference} was found but its platform (${shown(own)}) does not match the specified platform (${shown(asked)})`;
  throw new NotFoundError(message, { op, resource: reference });
}

/** What dockerd warns of where no platform was asked for and the image is of another processor than the host's. */
export function platformWarnings(image: ImageRecord, host: Pick<HostFacts, "architecture" | "osVersion">): string[] {
  const { os, architecture, variant = "" } = image.config;
  if (architecture === host.architecture) return [];
  const { major, minor, build } = host.osVersion;
  const detected = `windows(${major}.${minor}.${build})/${host.architecture}`;
  return [
    `The requested image's platform (${shown({ os, architecture, variant })}) does not match the detected host platform (${detected}) and no specific platform was requested`,
  ];
}

function variantOf({ architecture, variant }: Platform): string {
  return variant || (defaultVariants[architecture] ?? "");
}

function shown({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== "").join("/");
}
