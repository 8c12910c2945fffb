/**
 * Values of data sets as a person reads them: names, dates, numbers and sizes. Whatever a value
 * holds, it stays text of its own direction, and within bounds.
 * @module
 */

/** Characters of a value that are shown: more is no name and no title. */
const MAX_LENGTH = 160;

/** A value, isolated from the direction of what stands around it. */
export function Text({ of }: { readonly of: string | null | undefined }) {
  return of ? <bdi>{shortened(of)}</bdi> : null;
}

/** A person's name (PN): the alphabetic group, and beside it the ideographic and the phonetic one. */
export function PersonName({ of }: { readonly of: string | null | undefined }) {
  const groups = (of ?? "").split("=").map((group) => spoken(group));
  const [first = "", ...others] = groups.filter((group) => group !== "");
  if (first === "") return <i class="muted">No name</i>;
  const lang = languageOf(of ?? "");
  return (
    <>
      <bdi class="name">{shortened(first)}</bdi>
      {others.map((group) => (
        <>
          {" "}
          <bdi class="also" lang={lang}>{shortened(group)}</bdi>
        </>
      ))}
    </>
  );
}

/** A name as text alone, for what is read aloud. */
export function nameText(value: string | null | undefined): string {
  const [first] = (value ?? "").split("=").map(spoken).filter((group) => group !== "");
  return first === undefined ? "No name" : shortened(first);
}

/**
 * One group of a name (PS3.5 6.2.1: family, given, middle, prefix, suffix). In scripts that write
 * the family name first there is no comma.
 */
function spoken(group: string): string {
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = group.split("^")
    .map((part) => part.trim());
  const rest = [prefix, given, middle].filter((part) => part !== "").join(" ");
  if (isUnspaced(group)) return [family, rest, suffix].filter((part) => part !== "").join(" ");
  return [family, rest, suffix].filter((part) => part !== "").join(", ");
}

function isUnspaced(text: string): boolean {
  return /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hira}\p{sc=Kana}]/u.test(text);
}

/** Han characters look different in Japanese and Korean; another group of the name tells which it is. */
function languageOf(name: string): string | undefined {
  if (/[\p{sc=Hira}\p{sc=Kana}]/u.test(name)) return "ja";
  return /\p{sc=Hangul}/u.test(name) ? "ko" : undefined;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A date (DA) as `9 Mar 2024`, which nobody reads as another; text that is no date as it is. */
export function dateText(value: string | null | undefined): string {
  const [, year, month, day] = /^(\d{4})\.?(\d\d)\.?(\d\d)$/.exec(value ?? "") ?? [];
  const name = MONTHS[Number(month) - 1];
  return name === undefined ? shortened(value ?? "") : `${Number(day)} ${name} ${year}`;
}

/** Hours and minutes of a time (TM); empty where it has none. */
export function timeText(value: string | null | undefined): string {
  const [, hours, minutes] = /^([01]\d|2[0-3]):?([0-5]\d)/.exec(value ?? "") ?? [];
  return hours === undefined ? "" : `${hours}:${minutes}`;
}

const SEX: Readonly<Record<string, string>> = { F: "female", M: "male", O: "other" };

/** PatientSex in a word. */
export function sexText(value: string | null | undefined): string {
  return value ? SEX[value] ?? shortened(value) : "";
}

/** `1,234 studies`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];

/** A size in the unit in which it has one to three digits. */
export function sizeText(bytes: number): string {
  const power = Math.max(0, Math.min(Math.floor(Math.log10(bytes || 1) / 3), UNITS.length - 1));
  const number = bytes / 1000 ** power;
  return `${number.toFixed(power === 0 || number >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

function shortened(text: string): string {
  const points = [...text];
  return points.length <= MAX_LENGTH ? text : `${points.slice(0, MAX_LENGTH - 1).join("")}…`;
}
