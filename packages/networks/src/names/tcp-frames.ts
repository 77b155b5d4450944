/** DNS over TCP: each message stands behind its length in two bytes (RFC 1035, 4.2.2). */

const lengthBytes = 2;

export function frameMessage(message: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Puts the pieces of a stream together to messages. Keeps at most one message that is not whole. */
export class MessageFrames {
  #rest: Buffer = Buffer.alloc(0);

  push(data: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= lengthBytes) {
      const end = lengthBytes + this.#rest.readUInt16BE(0);
      if (this.#rest.length < end) break;
      messages.push(this.#rest.subarray(lengthBytes, end));
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }
}
