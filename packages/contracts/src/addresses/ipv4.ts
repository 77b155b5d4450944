/** An IPv4 subnet; addresses are numbers of 32 bits. */
export interface IPv4Subnet {
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
}

/** Returns undefined for text that is no address. */
export function parseIPv4(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts.reduce((value, part) => value * 256 + part, 0) : undefined;
}

export function formatIPv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** Returns the subnet that a prefix such as `172.21.16.0/20` lies in; undefined for text that is no prefix. */
export function parseIPv4Subnet(prefix: string): IPv4Subnet | undefined {
  const [text = "", length = ""] = prefix.split("/");
  const address = parseIPv4(text);
  const prefixLength = Number(length);
  if (address === undefined || !/^\d{1,2}$/.test(length) || prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

/** `172.21.16.0/20` */
export function formatIPv4Subnet({ first, prefixLength }: IPv4Subnet): string {
  return `${formatIPv4(first)}/${prefixLength}`;
}

export function subnetsOverlap(a: IPv4Subnet, b: IPv4Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function subnetContains(subnet: IPv4Subnet, address: number): boolean {
  return address >= subnet.first && address <= subnet.last;
}
