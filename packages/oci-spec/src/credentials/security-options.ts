import { invalidOption } from "../invalid-option.ts";

/** Where a credential spec is to be found. */
export interface CredentialSpecSource {
  readonly kind: "file" | "registry" | "config" | "raw";
  readonly value: string;
}

const badForm =
  "invalid credential spec security option - value must be prefixed by 'file://', 'registry://', or 'raw://' followed by a non-empty value";

/**
 * Reads `credentialspec=scheme://value`, the one security option of Windows containers. Keyword and scheme have no case.
 * @throws InvalidArgumentError for other options, other forms, and more than one credential spec.
 */
export function parseSecurityOptions(options: readonly string[] | null | undefined): CredentialSpecSource | undefined {
  let found: CredentialSpecSource | undefined;
  for (const option of options ?? []) {
    const source = parseSecurityOption(option);
    if (found !== undefined) {
      throw invalidOption(
        `security options name ${options?.length} credential specs (${found.kind}://, ${source.kind}://): a container can have one`,
        "Give --security-opt credentialspec=… once.",
      );
    }
    found = source;
  }
  return found;
}

function parseSecurityOption(option: string): CredentialSpecSource {
  const [key, value] = cut(option, "=");
  if (value === undefined) throw invalidOption(`invalid security option: no equals sign in supplied value ${shownKey(option)}`);
  if (key.toLowerCase() !== "credentialspec") {
    throw invalidOption(`security option not supported: ${shownKey(key)}`, "Windows containers know credentialspec only.");
  }
  const [scheme, rest] = cut(value, "://");
  const kind = scheme.toLowerCase();
  if (rest === undefined || rest === "" || !isKind(kind)) throw invalidOption(badForm);
  return { kind, value: rest };
}

/** A word; what follows one may be a credential spec, which no error quotes. */
function shownKey(text: string): string {
  const [word = ""] = /^[\w.-]*/.exec(text) ?? [];
  return word.length === text.length ? word : `${word}…`;
}

/** What dockerd says of a credential spec whose form it does not know; also of `config://` where no swarm is. */
export function unknownCredentialSpec(): Error {
  return invalidOption(badForm);
}

function isKind(kind: string): kind is CredentialSpecSource["kind"] {
  return kind === "file" || kind === "registry" || kind === "config" || kind === "raw";
}

function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
