import { InvalidArgumentError } from "@oriel/contracts";

/** A parsed, normalised image reference. `domain/path` is the repository. */
export interface ImageReference {
  /** `docker.io`, `registry.example:5000`. */
  readonly domain: string;
  /** `library/nano`: with the `library/` that Docker's short names leave out. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:<hex>` */
  readonly digest: string | undefined;
}

const op = "image.parse-reference";
const defaultDomain = "docker.io";
const officialPrefix = "library/";
const maxPathLength = 255;

// The grammar of the distribution project (github.com/distribution/reference).
const pathComponent = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domainPattern = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const digestPattern = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const referencePattern = new RegExp(
  `^(${domainPattern})/(${pathComponent}(?:/${pathComponent})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(${digestPattern}))?$`,
);
const identifierPattern = /^[0-9a-f]{64}$/;

/**
 * Parses what a user or an archive calls an image, familiar (`nano`) or whole (`docker.io/library/nano:latest`).
 *
 * @throws InvalidArgumentError in Docker's own words.
 */
export function parseReference(text: string): ImageReference {
  if (identifierPattern.test(text)) {
    throw invalid(text, `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { domain, remainder } = splitDomain(text);
  const repository = remainder.split(":", 1)[0] ?? "";
  if (repository.toLowerCase() !== repository) {
    throw invalid(text, `invalid reference format: repository name (${repository}) must be lowercase`);
  }
  const match = referencePattern.exec(`${domain}/${remainder}`);
  const path = match?.[2];
  if (match === null || path === undefined) throw invalid(text, "invalid reference format");
  if (path.length > maxPathLength) {
    throw invalid(text, `invalid reference format: repository name must not be more than ${maxPathLength} characters`);
  }
  const digest = match[4];
  if (digest !== undefined) checkDigest(text, digest);
  return { domain: match[1] ?? domain, path, tag: match[3], digest };
}

/** The reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: "latest" } : reference;
}

/** `docker.io/library/nano`. */
export function repositoryName(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}`;
}

/** `docker.io/library/nano:latest`, `docker.io/library/nano@sha256:…`: unique, the form that is kept. */
export function canonicalReference(reference: ImageReference): string {
  return repositoryName(reference) + suffix(reference);
}

/** `nano:latest`, `oriel/nano:latest`, `registry.example/x:1`: what Docker shows. */
export function familiarReference(reference: ImageReference): string {
  return familiarName(reference) + suffix(reference);
}

/** The repository as Docker shows it: without `docker.io/` and `library/`. */
export function familiarName(reference: ImageReference): string {
  if (reference.domain !== defaultDomain) return repositoryName(reference);
  const short = reference.path.slice(officialPrefix.length);
  return reference.path.startsWith(officialPrefix) && !short.includes("/") ? short : reference.path;
}

function suffix(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  return tag + (reference.digest === undefined ? "" : `@${reference.digest}`);
}

/** The first component is a registry if it looks like a host: has a dot, a port or a capital, or is `localhost`. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  const domain = isHost && first !== "index.docker.io" ? first : defaultDomain;
  const remainder = isHost ? text.slice(slash + 1) : text;
  return { domain, remainder: domain === defaultDomain && !remainder.includes("/") ? officialPrefix + remainder : remainder };
}

function checkDigest(text: string, digest: string): void {
  if (!digest.startsWith("sha256:")) throw invalid(text, "invalid reference format: unsupported digest algorithm");
  if (digest.length !== "sha256:".length + 64) throw invalid(text, "invalid reference format: invalid checksum digest length");
  if (digest.toLowerCase() !== digest) throw invalid(text, "invalid reference format: invalid checksum digest format");
}

function invalid(text: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, resource: text, remedy: "an image is named as [registry/]name[:tag], in lower case" });
}
