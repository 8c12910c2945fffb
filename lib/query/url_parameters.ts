/**
 * Parameters of a URL by their names, as the parsers of this folder read them.
 * @module
 */
import { DecodeError, LimitError } from "../errors.ts";

/** Parameters of one request: no transaction has half as many. */
export const MAX_PARAMETERS = 128;

const MAX_NAME_LENGTH = 64;

/** Each name with the values of all its occurrences. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/** Groups parameters. Throws LimitError for more than {@linkcode MAX_PARAMETERS}. */
export function groupByName(search: URLSearchParams): Parameters {
  const parameters = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of search) {
    if (++count > MAX_PARAMETERS) {
      throw new LimitError("query parameters", MAX_PARAMETERS, "The query");
    }
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return parameters;
}

/** The value of a parameter that may be there once; undefined where it is not. Throws DecodeError. */
export function once(parameters: Parameters, name: string): string | undefined {
  const values = parameters.get(name) ?? [];
  if (values.length > 1) throw new DecodeError(`The parameter ${name} is there more than once`);
  return values[0];
}

/** A name from the URL as a header can carry it. */
export function printable(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replace(/[^A-Za-z0-9._-]/g, "?");
}

/** A warning for each parameter whose name is not known (PS3.18 8.3). */
export function ignored(parameters: Parameters, known: ReadonlySet<string>): string[] {
  return [...parameters.keys()].filter((name) => !known.has(name)).map((name) =>
    `The parameter ${printable(name)} is not supported here and was ignored`
  );
}

/** Characters of one number: more digits than a double has say nothing. */
const MAX_NUMBER_LENGTH = 32;

/** A decimal number (PS3.18 5.1.1); undefined where the text is none. */
export function decimal(text: string): number | undefined {
  const isNumber = text.length <= MAX_NUMBER_LENGTH &&
    /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text.trim());
  const value = Number(text);
  return isNumber && Number.isFinite(value) ? value : undefined;
}

/** A whole number from `least` to `most`; undefined where the text is none. */
export function whole(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}
