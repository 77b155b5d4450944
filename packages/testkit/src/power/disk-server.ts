// The thread that serves the file behind a power disk: it answers the kernel, and between two requests its owner.
import { readSync, writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { Random } from "../kill-run/random.ts";
import type { ServedDisk } from "./disk-command.ts";
import { commands } from "./disk-command.ts";
import {
  decodeRange,
  decodeRequest,
  encodeAttributes,
  encodeEntry,
  encodeFileSystem,
  encodeInit,
  encodeOpen,
  encodeReply,
  encodeWritten,
  errors,
  nodes,
  opcodes,
  type Request,
  requestSize,
} from "./fuse-messages.ts";
import { VolatileBlocks } from "./volatile-blocks.ts";

const { descriptor, name, control, lost, size } = workerData as ServedDisk;
const disk = new VolatileBlocks(Buffer.alloc(size), Buffer.alloc(size));
const state = new Int32Array(control);

serve();

function serve(): void {
  const buffer = Buffer.alloc(requestSize);
  for (;;) {
    let length: number;
    try {
      length = readSync(descriptor, buffer, 0, buffer.length, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // A request that was given up, or the end of the mount.
      if (code === "ENOENT" || code === "EINTR" || code === "EAGAIN") continue;
      if (code === "ENODEV") return;
      throw error;
    }
    obey();
    const request = decodeRequest(buffer.subarray(0, length));
    const reply = answer(request);
    if (reply !== undefined) writeSync(descriptor, reply);
  }
}

/** Does what the owner has asked for, before anything else is done. */
function obey(): void {
  const command = Atomics.load(state, 0);
  if (command === commands.lose) {
    const [seed = 0, percent = 0] = [Atomics.load(state, 1), Atomics.load(state, 2)];
    Atomics.store(state, 3, disk.lose(Buffer.from(lost), new Random(seed), percent / 100).unflushed);
  } else if (command === commands.load) disk.load(Buffer.from(lost));
  else return;
  Atomics.store(state, 0, commands.none);
  Atomics.notify(state, 0);
}

/** undefined: nobody waits for an answer. */
function answer({ opcode, unique, node, body }: Request): Buffer | undefined {
  const reply = (content: Uint8Array) => encodeReply(unique, content);
  switch (opcode) {
    case opcodes.init:
      return reply(encodeInit());
    case opcodes.lookup:
      if (body.toString("latin1", 0, body.length - 1) !== name) return encodeReply(unique, Buffer.alloc(0), errors.noEntry);
      return reply(encodeEntry(nodes.file, disk.size));
    case opcodes.getAttributes:
    case opcodes.setAttributes:
      return reply(encodeAttributes(node, disk.size));
    case opcodes.open:
    case opcodes.openFolder:
      return reply(encodeOpen());
    case opcodes.read: {
      const { offset, size: length } = decodeRange(body);
      return reply(disk.read(offset, length));
    }
    case opcodes.write: {
      const { offset, data } = decodeRange(body);
      disk.write(offset, data);
      return reply(encodeWritten(data.length));
    }
    case opcodes.sync:
      disk.flush();
      return reply(Buffer.alloc(0));
    case opcodes.statFileSystem:
      return reply(encodeFileSystem(disk.size));
    case opcodes.readFolder:
    case opcodes.flush:
    case opcodes.release:
    case opcodes.releaseFolder:
    case opcodes.access:
    case opcodes.destroy:
      return reply(Buffer.alloc(0));
    case opcodes.forget:
    case opcodes.forgetMany:
    case opcodes.interrupt:
      return undefined;
    default:
      return encodeReply(unique, Buffer.alloc(0), errors.notSupported);
  }
}
