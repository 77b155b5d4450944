import { InvalidArgumentError } from "../errors/errors.ts";
import type { Filter, FilterCondition, FilterOperator } from "./filter.ts";
import { readQuoted } from "./quoted-text.ts";

const space = /\s/u;
const fieldCharacter = /[A-Za-z0-9_-]/;
const operatorCharacter = /[=!~]/;
const valueCharacter = /[^,\s\p{C}]/u;

/**
 * Reads a filter in containerd's syntax:
 *
 * ```
 * filter    = "" | condition ("," condition)*
 * condition = field ("." field)* (operator value)?
 * field     = quoted | letters, digits, "_" and "-"
 * operator  = "==" | "!=" | "~="
 * value     = quoted | anything but white space and ","
 * quoted    = "…" with Go's escapes; after "~=" also /…/ and |…|
 * ```
 *
 * White space may stand between any two of these.
 *
 * @throws InvalidArgumentError with the place where it is wrong.
 */
export function parseFilter(text: string): Filter {
  return text === "" ? [] : new FilterParser(text).parse();
}

class FilterParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Filter {
    const conditions = [this.#condition()];
    while (this.#next() === ",") {
      this.#at += 1;
      conditions.push(this.#condition());
    }
    if (this.#at < this.#text.length) throw this.#fault("',' or the end");
    return conditions;
  }

  #condition(): FilterCondition {
    const field = [this.#field()];
    while (this.#next() === ".") {
      this.#at += 1;
      field.push(this.#field());
    }
    const after = this.#next();
    if (after === "" || after === ",") return { field, operator: "present", value: "" };
    const operator = this.#operator();
    const value = this.#value(operator);
    return { field, operator, value };
  }

  #field(): string {
    if (this.#next() === '"') return this.#quoted();
    const field = this.#take(fieldCharacter);
    if (field === "") throw this.#fault("the name of a field");
    return field;
  }

  #operator(): Exclude<FilterOperator, "present"> {
    const start = this.#at;
    const operator = this.#take(operatorCharacter);
    if (operator === "==" || operator === "!=" || operator === "~=") return operator;
    this.#at = start;
    throw this.#fault("'==', '!=' or '~='");
  }

  #value(operator: FilterOperator): string {
    const start = this.#next();
    const value = start === '"' || (operator === "~=" && /[/|]/.test(start)) ? this.#quoted() : this.#take(valueCharacter, /[./|]/);
    if (operator === "~=") this.#requireExpression(value);
    return value;
  }

  #quoted(): string {
    const quoted = readQuoted(this.#text, this.#at);
    if ("fault" in quoted) {
      this.#at = quoted.at;
      throw this.#fault(quoted.fault);
    }
    this.#at = quoted.end;
    return quoted.value;
  }

  #requireExpression(source: string): void {
    try {
      new RegExp(source, "u");
    } catch (cause) {
      throw new InvalidArgumentError(`filter '${this.#text}': '${source}' is no regular expression`, { op: "filter.parse", cause });
    }
  }

  /** The next character that is no white space; empty at the end. */
  #next(): string {
    while (space.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #take(character: RegExp, notFirst?: RegExp): string {
    const start = this.#at;
    if (notFirst?.test(this.#next()) === true) throw this.#fault("a value; quote one that begins so");
    for (let point = this.#point(); point !== "" && character.test(point); point = this.#point()) this.#at += point.length;
    if (this.#at === start && notFirst !== undefined) throw this.#fault("a value");
    return this.#text.slice(start, this.#at);
  }

  #point(): string {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  #fault(expected: string): InvalidArgumentError {
    const found = this.#at < this.#text.length ? `'${this.#point()}' at character ${this.#at + 1}` : "the end";
    return new InvalidArgumentError(`filter '${this.#text}': ${found} where there should be ${expected}`, {
      op: "filter.parse",
      remedy: 'Write conditions such as name==a, labels."b.c"!=d or labels.e~="^f", with commas between them.',
    });
  }
}
