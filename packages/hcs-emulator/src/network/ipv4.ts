/** An IPv4 subnet; addresses are numbers of 32 bits. */
export interface Subnet {
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
}

/** undefined for what is no address. */
export function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts.reduce((value, part) => value * 256 + part, 0) : undefined;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** undefined for what is no prefix such as `172.21.16.0/20`. */
export function parseSubnet(prefix: string): Subnet | undefined {
  const [text = "", length = ""] = prefix.split("/");
  const address = parseAddress(text);
  const prefixLength = Number(length);
  if (address === undefined || !/^\d{1,2}$/.test(length) || prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function contains(subnet: Subnet, address: number): boolean {
  return address >= subnet.first && address <= subnet.last;
}
