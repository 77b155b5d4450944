import { randomBytes, randomInt } from "node:crypto";
import { InvalidArgumentError } from "@oriel/contracts";

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/**
 * The name without its leading slash.
 * @throws InvalidArgumentError for a name that Docker does not allow.
 */
export function checkContainerName(given: string): string {
  const name = given.startsWith("/") ? given.slice(1) : given;
  if (namePattern.test(name)) return name;
  throw new InvalidArgumentError(`Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`, {
    op: "container.create",
    resource: given,
  });
}

/** A name that nobody has yet, as `calm_lovelace`. */
export function randomContainerName(isTaken: (name: string) => boolean): string {
  for (;;) {
    const name = `${pick(adjectives)}_${pick(scientists)}`;
    if (!isTaken(name)) return name;
    const numbered = `${name}${randomInt(1000)}`;
    if (!isTaken(numbered)) return numbered;
  }
}

/** Of a container or an exec: 64 hex digits, whose first twelve are not all decimal: such a short id could be taken for a number. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString("hex");
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

const adjectives = wordsOf(`
  able amber bold brave bright brisk calm clear clever cosy crisp daring deft eager early fair fine fleet fond
  frank free gentle glad golden grand happy hardy honest jolly keen kind light lively lucid lucky merry mild
  neat noble open patient plain polite proud quick quiet rapid ready serene sharp silent smart snug sober solid
  sound steady still sturdy sunny swift tidy true upbeat vivid warm wise witty
`);

const scientists = wordsOf(`
  abel archimedes avicenna babbage bell bohr boole brahe cantor cauchy chandra curie darwin dijkstra dirac
  einstein erdos euclid euler faraday fermat fermi feynman fourier franklin galileo galois gauss germain goedel
  goodall hamilton hertz hilbert hodgkin hopper hubble hypatia joule kepler khwarizmi knuth kovalevskaya
  lagrange lamarr laplace leibniz lovelace maxwell mccarthy meitner mendel mirzakhani neumann newton noether
  pascal pasteur perlman planck ptolemy raman ramanujan ritchie rubin sagan shannon tesla thompson turing volta
  wiles wozniak wu yalow
`);
