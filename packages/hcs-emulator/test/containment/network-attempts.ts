import os from "node:os";
import { expect } from "vitest";
import { type Attempt, expectRefused } from "./attempt.ts";
import type { HostileProgram } from "./hostile-program.ts";

export const family = { unix: 1, ipv4: 2, ipv6: 10, netlink: 16, packet: 17, bluetooth: 31, alg: 38, vsock: 40, xdp: 44 } as const;
export const type = { stream: 1, datagram: 2, raw: 3, sequenced: 5 } as const;

/** Kinds of sockets that reach the machine, or much of its kernel. */
const sockets: readonly (readonly [what: string, domain: number, type: number, protocol: number])[] = [
  ["all packets of the network", family.packet, type.raw, 0x0300],
  ["packets of its own making", family.ipv4, type.raw, 255],
  ["packets of its own making, IPv6", family.ipv6, type.raw, 255],
  ["the machine's hypervisor", family.vsock, type.stream, 0],
  ["the kernel's ciphers", family.alg, type.sequenced, 0],
  ["Bluetooth", family.bluetooth, type.raw, 1],
  ["the network's cards", family.xdp, type.raw, 0],
];

const noSuchSocket = ["EPERM", "EACCES", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EINVAL"];

/** What connecting a socket to this address returns. */
export async function connect(program: HostileProgram, domain: number, address: Buffer) {
  const socket = await program.linux("socket", domain, type.stream, 0);
  if (typeof socket === "string") return socket;
  const result = await program.linux("connect", socket, address, address.length);
  await program.linux("close", socket);
  return result;
}

export function unixAddress(name: string): Buffer {
  return Buffer.concat([Buffer.from([family.unix, 0]), Buffer.from(name), ...(name.startsWith("\0") ? [] : [Buffer.alloc(1)])]);
}

export function ipv4Address(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(family.ipv4, 0);
  bytes.writeUInt16BE(port, 2);
  Buffer.from(address.split(".").map(Number)).copy(bytes, 4);
  return bytes;
}

const unreachable = ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ETIMEDOUT", "ENOENT", "EPERM", "EACCES"];

export const networkAttempts: readonly Attempt[] = [
  ...sockets.map(
    ([what, domain, kind, protocol]): Attempt => [
      `a socket for ${what} is refused`,
      async ({ program }) => expect(noSuchSocket).toContain(await program.linux("socket", domain, kind, protocol)),
    ],
  ),
  [
    "an abstract socket of the host is not there",
    async ({ program, decoys }) =>
      expect(await connect(program, family.unix, unixAddress(`\0${decoys.sockets.abstract}`))).toBe("ECONNREFUSED"),
  ],
  [
    "a socket of the host in a folder of the account is not there",
    async ({ program, decoys }) => expectRefused(await connect(program, family.unix, unixAddress(decoys.sockets.file))),
  ],
  [
    "the sockets of docker, containerd, systemd and D-Bus are not there",
    async ({ program }) => {
      for (const name of ["docker.sock", "containerd/containerd.sock", "oriel.sock", "systemd/private", "dbus/system_bus_socket"]) {
        for (const folder of ["/run", "/var/run"]) expectRefused(await connect(program, family.unix, unixAddress(`${folder}/${name}`)));
      }
      for (const folder of ["/run", "/var", "/var/run"]) expectRefused(await program.names(folder));
    },
  ],
  [
    "a service of the host on its loopback address cannot be reached",
    async ({ program, decoys }) =>
      expect(unreachable).toContain(await connect(program, family.ipv4, ipv4Address("127.0.0.1", decoys.sockets.port))),
  ],
  [
    "the addresses of the host's network cards are not its own",
    async ({ program }) => {
      const table = String(await program.content("/proc/net/fib_trie"));
      const addresses = Object.values(os.networkInterfaces()).flatMap((cards) => cards ?? []);
      expect(
        addresses.filter(({ family: version, internal, address }) => version === "IPv4" && !internal && table.includes(address)),
      ).toEqual([]);
      expect(
        String(await program.content("/proc/net/dev"))
          .match(/^ *\w+(?=:)/gm)
          ?.map((name) => name.trim()),
      ).toEqual(["lo"]);
    },
  ],
  [
    "the sockets of the host are not listed",
    async ({ program, decoys }) => {
      expect(String(await program.content("/proc/net/unix"))).not.toContain(decoys.secret);
      expect(String(await program.content("/proc/net/tcp"))).not.toContain(
        `:${decoys.sockets.port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000`,
      );
    },
  ],
  [
    "a change of the network's cards is refused",
    async ({ program }) => {
      const socket = await program.linux("socket", family.netlink, type.raw, 0);
      if (typeof socket === "string") return expectRefused(socket);
      // RTM_NEWLINK: the loopback card is to be up, as it is.
      const message = Buffer.alloc(32);
      message.writeUInt32LE(32, 0);
      message.writeUInt16LE(16, 4);
      message.writeUInt16LE(5, 6);
      message.writeInt32LE(1, 20);
      for (const at of [24, 28]) message.writeUInt32LE(1, at);
      expect(await program.linux("sendto", socket, message, message.length, 0, 0, 0)).toBe(32);
      const answer = program.reserve(64);
      await program.linux("recvfrom", socket, answer, 64, 0, 0, 0);
      const permissionMissing = -1;
      expect((await program.peek(answer, 64)).readInt32LE(16)).toBe(permissionMissing);
    },
  ],
  [
    "shared memory of the host is not there",
    async ({ program, decoys }) => {
      expect(await program.linux("shmat", decoys.sharedMemory, 0, 0)).toBe("EINVAL");
      expect(
        String(await program.content("/proc/sysvipc/shm"))
          .trim()
          .split("\n"),
      ).toHaveLength(1);
    },
  ],
];
