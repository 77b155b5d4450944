let buffer: Buffer | undefined;

/**
 * Memory for who works through files one after another, synchronously: each thread has one, and a new one for each layer
 * would cost more than a small layer. What is in it is of no use any more once somebody else has asked for it.
 */
export function threadBuffer(): Buffer {
  buffer ??= Buffer.allocUnsafeSlow(512 * 1024);
  return buffer;
}
