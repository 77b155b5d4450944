import { ConflictError, InvalidArgumentError, type PortProtocol, type PortRequest, type PublishedPort } from "@oriel/contracts";
import type { ChosenPort } from "./endpoint-document.ts";

/** A published port, and the container that has it. */
export interface TakenPort extends Pick<PublishedPort, "protocol" | "hostAddress" | "hostPort"> {
  readonly containerName: string;
}

/** Ports that are taken by now. */
export type TakenPorts = () => readonly TakenPort[];

const op = "endpoint.create";

/** What dockerd gives out itself where the service chooses no ports (Windows' own range begins at 49152). */
const engineRange = { first: 60_000, last: 65_000 } as const;
/** As dockerd has it, and only for those ranges: every port of one that was asked for is tried. */
const maxEngineAttempts = 10;

/** Chooses ports of the host for those of a container: of each range the first that no other container has. */
export class PortCandidates {
  readonly #requests: readonly PortRequest[];
  readonly #taken: TakenPorts;
  readonly #attempts: number[];
  #chosen: ChosenPort[];

  /**
   * @param choosesPorts whether the host network service chooses where nobody named a port
   * @throws ConflictError naming the container that has a port; InvalidArgumentError for a port that is no number of 16 bits
   */
  constructor(requests: readonly PortRequest[], taken: TakenPorts, choosesPorts: boolean) {
    this.#requests = requests.map((request) => {
      checkPort(request);
      const { hostAddress, hostPorts } = request;
      const range = hostPorts ?? (choosesPorts ? undefined : engineRange);
      return {
        ...request,
        hostAddress: isUnspecified(hostAddress) ? "" : hostAddress,
        hostPorts: range,
      };
    });
    this.#taken = taken;
    this.#attempts = this.#requests.map(() => 0);
    this.#chosen = [];
    for (const request of this.#requests) {
      this.#chosen.push(this.#choose(request, this.#chosen, request.hostPorts?.first));
    }
  }

  get chosen(): readonly ChosenPort[] {
    return this.#chosen;
  }

  /**
   * After the service refused one of the ports: takes the next ones of the ranges. Returns false when there is none left.
   * @param refusal its words, which may name the port
   */
  next(refusal: string): boolean {
    const isNamed = (port: number | undefined): boolean => port !== undefined && new RegExp(`\\b${port}\\b`).test(refusal);
    const named = this.#chosen.filter(({ hostPort }) => isNamed(hostPort));
    const moved = this.#requests.flatMap(({ hostPorts }, at) => {
      const port = this.#chosen[at]?.hostPort;
      const mayMove = hostPorts !== undefined && port !== undefined && port < hostPorts.last && this.#mayTry(at);
      return mayMove && (named.length === 0 || isNamed(port)) ? [{ at, port }] : [];
    });
    if (moved.length === 0) return false;
    try {
      for (const { at, port } of moved) {
        const request = this.#requests[at];
        if (request === undefined) continue;
        this.#attempts[at] = (this.#attempts[at] ?? 0) + 1;
        const others = this.#chosen.filter((_, other) => other !== at);
        this.#chosen = this.#chosen.with(at, this.#choose(request, others, port + 1));
      }
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  #mayTry(at: number): boolean {
    return this.#requests[at]?.hostPorts !== engineRange || (this.#attempts[at] ?? 0) < maxEngineAttempts - 1;
  }

  #choose(request: PortRequest, own: readonly ChosenPort[], from: number | undefined): ChosenPort {
    const { hostPorts, ...rest } = request;
    if (hostPorts === undefined || from === undefined) return rest;
    const taken = this.#taken();
    let conflict: TakenPort | undefined;
    for (let hostPort = from; hostPort <= hostPorts.last; hostPort += 1) {
      const wanted = { ...rest, hostPort };
      const found = taken.find((other) => collides(other, wanted));
      if (found === undefined && !own.some((other) => collides(other, wanted))) return wanted;
      conflict ??= found;
    }
    const range = hostPorts.first === hostPorts.last ? `port ${hostPorts.first}` : `every port of ${hostPorts.first}-${hostPorts.last}`;
    const owner = conflict === undefined ? "twice by this container" : `by container ${conflict.containerName}`;
    const verb = conflict === undefined ? "is published" : "is already published";
    throw new ConflictError(`${range}/${rest.protocol} ${verb} ${owner}`, {
      op,
      remedy: "publish another port of the host, or remove that container",
    });
  }
}

interface HostPort {
  readonly protocol: PortProtocol;
  readonly hostAddress: string;
  readonly hostPort?: number;
}

function collides(a: HostPort, b: HostPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  return a.hostAddress === b.hostAddress || a.hostAddress === "" || b.hostAddress === "";
}

function checkPort({ protocol, containerPort, hostPorts }: PortRequest): void {
  if (protocol !== "tcp" && protocol !== "udp") throw invalid(`invalid protocol ${String(protocol)}`, "publish tcp and udp ports only");
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
  const ports = [containerPort, ...(hostPorts === undefined ? [] : [hostPorts.first, hostPorts.last])];
  const wrong = ports.find((port) => !isPort(port));
  if (wrong !== undefined) throw invalid(`invalid port ${wrong}`, "give a port from 1 to 65535");
  if (hostPorts !== undefined && hostPorts.first > hostPorts.last) {
    throw invalid(`invalid port range ${hostPorts.first}-${hostPorts.last}`, "give the lower port first");
  }
}

function isUnspecified(address: string): boolean {
  return address === "" || address === "0.0.0.0" || address === "::";
}

function invalid(message: string, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { op, remedy });
}
