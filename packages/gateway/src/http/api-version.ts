import { InvalidArgumentError } from "@oriel/contracts";

/** The Docker Engine API that is spoken. */
export const apiVersion = "1.50";
export const minimumApiVersion = "1.24";

/** @throws InvalidArgumentError for a version that is not spoken, in the words that docker prints. */
export function checkApiVersion(version: string): void {
  if (minor(version) > minor(apiVersion)) {
    const message = `client version ${version} is too new. Maximum supported API version is ${apiVersion}`;
    throw new InvalidArgumentError(message, { op: "gateway.version" });
  }
  if (minor(version) < minor(minimumApiVersion)) {
    const message = `client version ${version} is too old. Minimum supported API version is ${minimumApiVersion}, please upgrade your client to a newer version`;
    throw new InvalidArgumentError(message, { op: "gateway.version" });
  }
}

/** Whether `version` is `other` or newer. */
export function isAtLeast(version: string, other: string): boolean {
  return minor(version) >= minor(other);
}

/** All versions there have ever been begin with `1.`; the number puts the rest in order. */
function minor(version: string): number {
  const [first = "", second = ""] = version.split(".");
  return Number(first) * 1000 + Number(second);
}
