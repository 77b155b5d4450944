import { createRequire } from "node:module";
import type * as Koffi from "koffi";

const require = createRequire(import.meta.url);

/** Linux's numbers: socket(2), netlink(7), nfnetlink_conntrack.h. */
const netlink = { family: 16, raw: 3, netfilter: 12 } as const;
const deleteConnections = (1 << 8) | 2;
const requestWithReply = 5;
/** The kernel has replied when it returns from `send`. */
const dontWait = 0x40;
const attribute = { mark: 8, markMask: 21 } as const;
const ipv4 = 2;

type Call = (...values: readonly unknown[]) => number;

/**
 * Makes the kernel forget the connections with this mark, so that their next packets are led as rules say now. The kernel replies at once.
 * @throws Error where it refuses
 */
export function forgetConnections(mark: number): void {
  const libc = (require("koffi") as typeof Koffi).load(null);
  const declare = (prototype: string): Call => libc.func(prototype) as unknown as Call;
  const socket = declare("int socket(int domain, int type, int protocol)")(netlink.family, netlink.raw, netlink.netfilter);
  if (socket < 0) throw new Error("no socket to the kernel's table of connections");
  try {
    const message = request(mark);
    const reply = Buffer.alloc(256);
    const sent = declare("int64_t send(int fd, const void *data, size_t size, int flags)")(socket, message, message.length, 0);
    const received = declare("int64_t recv(int fd, void *data, size_t size, int flags)")(socket, reply, reply.length, dontWait);
    // nlmsgerr: minus the number of the error, 0 when it is done.
    const error = reply.readInt32LE(16);
    if (Number(sent) < 0 || Number(received) < 20 || error !== 0) throw new Error(`the kernel forgets no connections (error ${-error})`);
  } finally {
    declare("int close(int fd)")(socket);
  }
}

function request(mark: number): Buffer {
  const message = Buffer.alloc(36);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(deleteConnections, 4);
  message.writeUInt16LE(requestWithReply, 6);
  message.writeUInt8(ipv4, 16);
  for (const [index, [kind, value]] of [[attribute.mark, mark] as const, [attribute.markMask, 0xffff_ffff] as const].entries()) {
    const at = 20 + index * 8;
    message.writeUInt16LE(8, at);
    message.writeUInt16LE(kind, at + 2);
    message.writeUInt32BE(value, at + 4);
  }
  return message;
}
