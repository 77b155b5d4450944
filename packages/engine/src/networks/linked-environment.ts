/** A container that another is linked to. */
export interface LinkedContainer {
  /** Name of the container that has the link. */
  readonly parentName: string;
  readonly alias: string;
  /** Of the linked one, in the network that both are in. */
  readonly ipAddress: string;
  /** Its exposed ports, `80/tcp` each, in the order of their numbers. */
  readonly ports: readonly string[];
  readonly environment: readonly string[];
}

interface Port {
  readonly number: number;
  readonly protocol: string;
}

/** Of the linked container's own environment these say nothing of its service. */
const omittedVariables = ["HOME", "PATH"];

/**
 * Variables that Docker documents for legacy links: `DB_NAME`, `DB_PORT` and, for each port and each row of consecutive ones, where it is.
 * @see https://docs.docker.com/engine/network/links/#environment-variables
 */
export function linkedEnvironment({ parentName, alias, ipAddress, ports, environment }: LinkedContainer): string[] {
  const prefix = alias.toUpperCase().replaceAll("-", "_");
  const sorted = ports.map(parsePort).sort(tcpFirst);
  const url = ({ number, protocol }: Port): string => `${protocol}://${ipAddress}:${number}`;
  const nameOf = ({ number, protocol }: Port): string => `${prefix}_PORT_${number}_${protocol.toUpperCase()}`;
  const [first] = sorted;
  return [
    ...(first === undefined ? [] : [`${prefix}_PORT=${url(first)}`]),
    ...sorted.flatMap((port) => [
      `${nameOf(port)}=${url(port)}`,
      `${nameOf(port)}_ADDR=${ipAddress}`,
      `${nameOf(port)}_PORT=${port.number}`,
      `${nameOf(port)}_PROTO=${port.protocol}`,
    ]),
    ...rangesOf(sorted).flatMap(([start, end]) => [
      `${nameOf(start)}_START=${url(start)}`,
      `${nameOf(start)}_PORT_START=${start.number}`,
      `${nameOf(start)}_END=${url(end)}`,
      `${nameOf(start)}_PORT_END=${end.number}`,
    ]),
    `${prefix}_NAME=/${parentName}/${alias}`,
    ...environment.flatMap((entry) => {
      const cut = entry.indexOf("=");
      return cut <= 0 || omittedVariables.includes(entry.slice(0, cut).toUpperCase()) ? [] : [`${prefix}_ENV_${entry}`];
    }),
  ];
}

function parsePort(port: string): Port {
  const [number = "", protocol = "tcp"] = port.split("/");
  return { number: Number(number), protocol };
}

function tcpFirst(a: Port, b: Port): number {
  if (a.protocol !== b.protocol) return a.protocol === "tcp" ? -1 : 1;
  return a.number - b.number;
}

/** The first and the last port of each row of consecutive ones. */
function rangesOf(ports: readonly Port[]): (readonly [Port, Port])[] {
  const ranges: (readonly [Port, Port])[] = [];
  for (const port of ports) {
    const [start, end] = ranges.at(-1) ?? [];
    const isNext = start !== undefined && end !== undefined && end.protocol === port.protocol && end.number + 1 === port.number;
    if (isNext) ranges[ranges.length - 1] = [start, port];
    else ranges.push([port, port]);
  }
  return ranges.filter(([start, end]) => start !== end);
}
