import { type Architecture, systemCallNumbers } from "./system-call-numbers.ts";
import { type Errno, type SystemCallOptions, systemCallVerdicts, type Verdict } from "./system-call-policy.ts";

/** A verdict for a number and all that follow, up to the next rule's. */
export interface NumberRule {
  readonly from: number;
  readonly verdict: Verdict;
}

/** struct sock_filter; jumps count the instructions that they skip. */
interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/** linux/bpf_common.h: the word at an offset of struct seccomp_data, jumps, and the end. */
const LOAD = 0x20;
const JUMP = 0x05;
const IF_EQUAL = 0x15;
const IF_NOT_LESS = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
/** SECCOMP_RET_ALLOW and SECCOMP_RET_ERRNO (linux/seccomp.h). */
const ALLOW = 0x7fff0000;
const FAIL = 0x00050000;

/** Offsets in struct seccomp_data. */
const offsetOfNumber = 0;
const offsetOfArchitecture = 4;
const offsetOfArguments = 16;

/** The longest conditional jump. */
const maxJump = 255;

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h). Calls of 32-bit programs come with other ones. */
const architectureNumbers: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** asm-generic/errno-base.h and errno.h; the host that makes the filter need not be the one that runs it. */
const errnos: Readonly<Record<Errno, number>> = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 };

/**
 * The program of a seccomp filter, as `bwrap --seccomp` and seccomp(2) take it: an array of struct sock_filter, little endian.
 * Calls of another architecture (32-bit ones of the same machine, x32) are refused as if the kernel did not have them.
 */
export function seccompFilter(architecture: Architecture, options: SystemCallOptions = {}): Buffer {
  return assemble(filterProgram(architectureNumbers[architecture], numberRules(architecture, options)));
}

/** The policy by number, in order, neighbours with the same verdict as one. */
export function numberRules(architecture: Architecture, options: SystemCallOptions = {}): NumberRule[] {
  const numbers = systemCallNumbers[architecture];
  const verdicts = new Map([...systemCallVerdicts(options)].map(([name, verdict]) => [numbers.get(name), verdict]));
  const end = Math.max(...numbers.values()) + 1;
  const every = Array.from({ length: end + 1 }, (_, from): NumberRule => ({ from, verdict: verdicts.get(from) ?? "ENOSYS" }));
  return every.filter(({ verdict }, index) => index === 0 || verdict !== every[index - 1]?.verdict);
}

/** @param rules in order of their numbers, the first from 0 */
export function filterProgram(architecture: number, rules: readonly NumberRule[]): Instruction[] {
  return [
    step(LOAD, offsetOfArchitecture),
    step(IF_EQUAL, architecture, 1, 0),
    fail("ENOSYS"),
    step(LOAD, offsetOfNumber),
    ...search(rules),
  ];
}

/** Halves the rules until one is left: a call passes some eight comparisons, whatever its number. */
function search(rules: readonly NumberRule[]): Instruction[] {
  const middle = rules.length >> 1;
  const pivot = rules[middle];
  if (pivot === undefined) return [fail("ENOSYS")];
  if (middle === 0) return judge(pivot.verdict);
  const below = search(rules.slice(0, middle));
  const above = search(rules.slice(middle));
  if (below.length <= maxJump) return [step(IF_NOT_LESS, pivot.from, below.length, 0), ...below, ...above];
  return [step(IF_NOT_LESS, pivot.from, 0, 1), step(JUMP, below.length), ...below, ...above];
}

function judge(verdict: Verdict): Instruction[] {
  if (verdict === "allow") return [step(RETURN, ALLOW)];
  if (typeof verdict === "string") return [fail(verdict)];
  const load = loadArgument(verdict.argument);
  const allow = step(RETURN, ALLOW);
  const refuse = fail(verdict.otherwise);
  if ("noneOfBits" in verdict) {
    const { where } = verdict;
    const before = where === undefined ? [] : [loadArgument(where.argument), step(IF_ANY_BIT, where.anyOfBits, 0, 2)];
    return [...before, load, step(IF_ANY_BIT, verdict.noneOfBits, 1, 0), allow, refuse];
  }
  const [values, found, other] = "oneOf" in verdict ? [verdict.oneOf, allow, refuse] : [verdict.noneOf, refuse, allow];
  return [load, ...values.map((value, index) => step(IF_EQUAL, value, values.length - index, 0)), other, found];
}

const step = (code: number, value: number, ifTrue = 0, ifFalse = 0): Instruction => ({ code, ifTrue, ifFalse, value });
const loadArgument = (argument: number): Instruction => step(LOAD, offsetOfArguments + 8 * argument);
const fail = (errno: Errno): Instruction => step(RETURN, FAIL | errnos[errno]);

export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  for (const [index, { code, ifTrue, ifFalse, value }] of program.entries()) {
    const at = bytes.writeUInt16LE(code, 8 * index);
    bytes.writeUInt32LE(value >>> 0, bytes.writeUInt8(ifFalse, bytes.writeUInt8(ifTrue, at)));
  }
  return bytes;
}
