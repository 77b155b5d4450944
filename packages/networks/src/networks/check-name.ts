import { InvalidArgumentError, PermissionDeniedError } from "@oriel/contracts";

const op = "network.create";

/** Names of networks that every engine has, or that mean something else where a network is named. */
const predefined = ["nat", "none", "default", "bridge"];

/** @throws InvalidArgumentError for a name that no network can have; PermissionDeniedError for one that is not for users */
export function checkNetworkName(name: string): void {
  if (name.trim() === "") throw new InvalidArgumentError("invalid name: name is empty", { op, remedy: "give the network a name" });
  if (predefined.includes(name) || name.startsWith("container:")) {
    throw new PermissionDeniedError(`operation is not permitted on predefined ${name} network `, {
      op,
      resource: name,
    });
  }
}
