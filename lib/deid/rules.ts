/**
 * What a profile does to an attribute: PS3.15 Table E.1-1, and for what it does not list a rule by
 * value representation.
 *
 * A compound action (`X/Z/D`) leaves the choice to the attribute's type in the IOD. It is always
 * resolved to its last letter here, which every type allows: an empty value is right for types 2
 * and 3, a dummy for 1, 2 and 3. So no object loses an attribute that it needs.
 * @module
 */
import type { Tag, VR } from "../dicom/dataset.ts";
import { formatTag, keywordOf } from "../dicom/dictionary.ts";
import { OPTIONS } from "./option.ts";
import type { DeidProfile } from "./profile.ts";
import { PROFILE_TABLE } from "./profile_table.ts";

/**
 * Remove (`X`), make empty (`Z`), replace by a dummy (`D`) or another UID (`U`), keep (`K`), or
 * clean: of what identifies someone (`C`), or by moving its date (`shift`).
 */
export type ActionCode = "X" | "Z" | "D" | "U" | "K" | "C" | "shift";

/** What is to be done, and what instead where a value cannot be cleaned or moved. */
export interface Action {
  readonly code: ActionCode;
  readonly otherwise: ActionCode;
}

const KEEP: Action = { code: "K", otherwise: "K" };

/** The words of an attribute's line after its tag. */
type Rule = readonly string[];

let rules: ReadonlyMap<string, Rule> | undefined;

/**
 * The action on an attribute.
 *
 * @param vr the dictionary's
 * @param parent the sequence in whose item it stands
 */
export function actionOn(
  tag: Tag,
  vr: VR,
  profile: DeidProfile,
  parent: Tag | undefined,
): Action {
  const rule = listed(tag) ?? unlisted(tag, vr);
  if (rule === undefined) return KEEP;
  const basic = basicAction(tag, rule[0] ?? "X", parent);
  const codeOf = (letter: string | undefined) =>
    rule.find((word, index) => index > 0 && word[0] === letter)?.[1];
  if (profile.options.has("retain-modified-dates") && codeOf("m") !== undefined) {
    return { code: "shift", otherwise: basic };
  }
  const codes = [...profile.options].map((option) => codeOf(OPTIONS[option].letter));
  if (codes.includes("K")) return KEEP;
  return { code: codes.includes("C") ? "C" : basic, otherwise: basic };
}

const REFERENCED_STUDY_SEQUENCE: Tag = 0x00081110;
const REFERENCED_REQUEST_SEQUENCE: Tag = 0x0040a370;

/** Presentation Creation Date and Time: the table removes them, but PS3.3 C.11.10 has them of type 1. */
const NEEDED: ReadonlySet<Tag> = new Set([0x00700082, 0x00700083]);

function basicAction(tag: Tag, word: string, parent: Tag | undefined): ActionCode {
  if (NEEDED.has(tag)) return "D";
  // Of a request all attributes are of type 2 or more (PS3.3 C.17.2).
  if (parent === REFERENCED_REQUEST_SEQUENCE && word === "X") return "Z";
  // In a study's own attributes it is of type 3, and there never empty (PS3.3 C.7.2.1).
  if (parent === undefined && tag === REFERENCED_STUDY_SEQUENCE) return "X";
  return (word.at(-1) ?? "X") as ActionCode;
}

/** True where the profile's table has a line for the attribute. */
export function isListed(tag: Tag): boolean {
  return listed(tag) !== undefined;
}

function listed(tag: Tag): Rule | undefined {
  rules ??= new Map(
    PROFILE_TABLE.trim().split("\n").map((line) => [line.slice(0, 8), line.slice(9).split(" ")]),
  );
  const digits = formatTag(tag);
  switch (digits.slice(0, 2)) {
    case "50":
      return rules.get("50xxxxxx");
    case "60":
      return rules.get(`60xx${digits.slice(4)}`);
    default:
      return rules.get(digits);
  }
}

/**
 * What newer editions and forgotten corners hold: names, dates, free text, addresses on a network
 * and identifiers of instances are treated as their like in the table.
 */
function unlisted(tag: Tag, vr: VR): Rule | undefined {
  switch (vr) {
    case "PN":
      return ["D"];
    case "DA":
    case "DT":
    case "TM":
      return ["D", "fK", "mC"];
    case "AE":
      return ["D", "vC"];
    case "LT":
    case "ST":
    case "UT":
      return CODE_ATTRIBUTES.has(tag) ? undefined : ["D", "dC"];
    case "UR":
      return CODE_ATTRIBUTES.has(tag) ? undefined : ["X"];
    case "UI":
      return NAMES_OF_KINDS.test(keywordOf(tag) ?? "") ? undefined : ["U", "uK"];
    default:
      return undefined;
  }
}

/** UIDs that say what something is, not which one. */
const NAMES_OF_KINDS =
  /SOPClass|TransferSyntax|CodingSchemeUID|ContextUID|MappingResourceUID|CreatorVersionUID/;

/** Parts of codes and of coding schemes: their meaning and where they are kept (PS3.3 8.8, C.12.1). */
const CODE_ATTRIBUTES: ReadonlySet<Tag> = new Set([
  0x00080108,
  0x0008010e,
  0x00080114,
  0x00080115,
  0x00080116,
  0x00080120,
]);
