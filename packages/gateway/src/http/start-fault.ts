import { causesOf, InvalidArgumentError, isOrielError, type OrielError } from "@oriel/contracts";

/**
 * docker makes its own exit code from the words of a failed start: 127 and 126 stand for a program that is not there
 * and one that may not be run, and these are the words it looks for.
 * @see https://github.com/docker/cli/blob/v28.2.2/cli/command/container/run.go toStatusError
 */
const notFoundWords = ["executable file not found", "no such file or directory", "system cannot find the file specified"];
const notRunnableWords = ["permission denied", "is a directory"];

const notFoundText = "The system cannot find the file specified.";
const notRunnableText = "permission denied";

/** Windows' own codes for these: files and paths that are not there; no access, and files that are no program. */
const notFoundCodes = [0x8007_0002, 0x8007_0003];
const notRunnableCodes = [0x8007_0005, 0x8007_00c1];

/**
 * The failure of a start, with the words in it that docker goes by. Like dockerd's, it has the status of a bad argument
 * then: what cannot be run is what the caller asked for.
 */
export function startFault(error: unknown): unknown {
  if (!isOrielError(error)) return error;
  const kind = faultKind(error);
  if (kind === "other") return withoutWords(error);
  if (kind === undefined) return error;
  const [words, text] = kind === "not-found" ? [notFoundWords, notFoundText] : [notRunnableWords, notRunnableText];
  const lower = error.message.toLowerCase();
  const message = words.some((word) => lower.includes(word)) ? fold(error.message, words) : `${error.message}: ${text}`;
  return new InvalidArgumentError(message, {
    op: error.op,
    cause: error,
    resource: error.resource,
    remedy: error.remedy,
  });
}

/** docker's search minds the case of letters. */
function fold(message: string, words: readonly string[]): string {
  return words.reduce((text, word) => (text.includes(word) ? text : text.replace(new RegExp(word, "i"), word)), message);
}

/**
 * What failed: a program that is not there or may not be run, something `other` that lacks a file or rights, or
 * undefined, where neither words nor codes say so.
 */
function faultKind(error: OrielError): "not-found" | "not-runnable" | "other" | undefined {
  for (const found of causesOf(error)) {
    const { hresult, op, syscall } = found as { hresult?: unknown; op?: unknown; syscall?: unknown };
    // A call of Node.js, on files of the engine.
    if (typeof syscall === "string") return "other";
    if (typeof hresult !== "number" || typeof op !== "string") continue;
    // Other calls of a start lack files too: a layer's are no fault of the program.
    if (!op.endsWith("CreateProcess")) return "other";
    if (notFoundCodes.includes(hresult >>> 0)) return "not-found";
    if (notRunnableCodes.includes(hresult >>> 0)) return "not-runnable";
  }
  const lower = error.message.toLowerCase();
  if (notFoundWords.some((word) => lower.includes(word))) return "not-found";
  if (notRunnableWords.some((word) => lower.includes(word))) return "not-runnable";
  return undefined;
}

/** The same failure in words that docker does not take for those of a program. */
const otherWords: readonly (readonly [RegExp, string])[] = [
  [/system cannot find the file specified/gi, "system cannot find a file that was specified"],
  [/no such file or directory/gi, "no such file or folder"],
  [/executable file not found/gi, "an executable file is missing"],
  [/permission denied/gi, "no permission"],
  [/is a directory/gi, "is a folder"],
];

function withoutWords(error: OrielError): OrielError {
  const message = otherWords.reduce((text, [words, others]) => text.replace(words, others), error.message);
  if (message === error.message) return error;
  // The same error but for its words, whatever its kind.
  return Object.create(error, { message: { value: message } }) as OrielError;
}
