import { type Answer, type DecodedPacket, decode, encode, type Question } from "dns-packet";

export type { Answer, Question } from "dns-packet";

/** A question that can be answered. */
export interface DnsQuery {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** Bytes that the asker takes by UDP, as it said (EDNS); undefined where it said nothing. */
  readonly udpPayloadSize: number | undefined;
}

export type Rcode = "NOERROR" | "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED";

const rcodes: Readonly<Record<Rcode, number>> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

const headerBytes = 12;
const responseFlag = 0x8000;
const truncatedFlag = 0x0200;
const recursionDesiredFlag = 0x0100;
const recursionAvailableFlag = 0x0080;

/** Of a message without EDNS (RFC 1035, 2.3.4). */
export const plainUdpBytes = 512;
/** What is sent by UDP at most: no path cuts it into pieces (https://www.dnsflagday.net/2020/). */
export const maxUdpBytes = 1232;

/**
 * Reads a query. What is no query at all is undefined: a server that answers it takes part in a loop. A query that cannot be read, or is of
 * a kind that is not served, is the code to answer.
 */
export function readQuery(message: Buffer): DnsQuery | { readonly id: number; readonly rcode: Rcode } | undefined {
  if (message.length < headerBytes || (message.readUInt16BE(2) & responseFlag) !== 0) return undefined;
  const id = message.readUInt16BE(0);
  const opcode = (message.readUInt16BE(2) >> 11) & 0xf;
  if (opcode !== 0) return { id, rcode: "NOTIMP" };
  const packet = tryDecode(message);
  const question = packet?.questions?.[0];
  if (packet === undefined || question === undefined || packet.questions?.length !== 1) return { id, rcode: "FORMERR" };
  if (question.class !== "IN") return { id, rcode: "NOTIMP" };
  const option = packet.additionals?.find(({ type }) => type === "OPT") as { readonly udpPayloadSize?: number } | undefined;
  const recursionDesired = (message.readUInt16BE(2) & recursionDesiredFlag) !== 0;
  return { id, question, recursionDesired, udpPayloadSize: option?.udpPayloadSize };
}

/** The message that answers a query, cut to nothing but the question where it has more bytes than the asker takes. */
export function writeAnswer(query: DnsQuery, rcode: Rcode, answers: readonly Answer[], maxBytes: number): Buffer {
  const whole = writeMessage(query, rcode, answers, 0);
  return whole.length <= maxBytes ? whole : writeMessage(query, rcode, [], truncatedFlag);
}

/** An answer to what could not be read. */
export function writeRefusal(id: number, rcode: Rcode): Buffer {
  return encode({ type: "response", id, flags: rcodes[rcode] });
}

/** Bytes that may be sent to the asker by UDP. */
export function udpLimit({ udpPayloadSize }: DnsQuery): number {
  return udpPayloadSize === undefined ? plainUdpBytes : Math.min(Math.max(udpPayloadSize, plainUdpBytes), maxUdpBytes);
}

/** The same message with another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** Whether a message answers this question with this id: others may have sent it. */
export function answersQuestion(message: Buffer, id: number, { name, type }: Question): boolean {
  if (message.length < headerBytes || message.readUInt16BE(0) !== id || (message.readUInt16BE(2) & responseFlag) === 0) return false;
  // Servers that cannot read a question may leave it out.
  if (message.readUInt16BE(4) === 0) return true;
  const question = readQuestion(message);
  return question !== undefined && question.type === type && question.name.toLowerCase() === name.toLowerCase();
}

/** The code of an answer: 2 is SERVFAIL. */
export function rcodeOf(message: Buffer): number {
  return message.readUInt16BE(2) & 0xf;
}

/** Reads no further than the question: what follows may be of any kind. */
function readQuestion(message: Buffer): Question | undefined {
  const head = Buffer.from(message);
  head.fill(0, 6, headerBytes);
  return tryDecode(head)?.questions?.[0];
}

function writeMessage(
  { id, question, recursionDesired, udpPayloadSize }: DnsQuery,
  rcode: Rcode,
  answers: readonly Answer[],
  flags: number,
): Buffer {
  return encode({
    type: "response",
    id,
    flags: flags | recursionAvailableFlag | (recursionDesired ? recursionDesiredFlag : 0) | rcodes[rcode],
    questions: [question],
    answers: [...answers],
    additionals:
      udpPayloadSize === undefined
        ? []
        : [
            {
              type: "OPT",
              name: ".",
              udpPayloadSize: maxUdpBytes,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  });
}

function tryDecode(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
