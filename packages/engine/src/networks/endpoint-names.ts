import type { ContainerConfig } from "@oriel/contracts";

interface NamedContainer {
  readonly id: string;
  readonly name: string;
  readonly config: ContainerConfig;
}

/** Names by which the others of a network find a container, in dockerd's order: the first one is the name of its address. */
export function endpointNames({ id, name, config }: NamedContainer, aliases: readonly string[] | null | undefined): string[] {
  const names = [name, ...(aliases ?? []), id.slice(0, 12), config.Hostname ?? ""];
  return [...new Set(names.filter((given) => given !== ""))];
}
