import type { ContainerConfig } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: no name may hold them
const label = /^[^\s\0-\x1f\\/:*?"<>|.]{1,63}$/;

/**
 * The container's name in the network: its hostname, else the first twelve digits of its id, with the domain behind it.
 * @throws InvalidArgumentError for a name that no Windows computer can have.
 */
export function fullHostname(id: string, config: ContainerConfig): string {
  const given = config.Hostname ?? "";
  const domain = config.Domainname ?? "";
  for (const [option, value] of [
    ["Hostname", given],
    ["Domainname", domain],
  ] as const) {
    if (value !== "" && !value.split(".").every((part) => label.test(part))) {
      throw invalidOption(
        `${option} ${JSON.stringify(value)}: must be labels of 1 to 63 characters, without spaces and \\ / : * ? " < > |, parted by dots`,
      );
    }
  }
  const hostname = given || id.slice(0, 12);
  return domain === "" ? hostname : `${hostname}.${domain}`;
}
