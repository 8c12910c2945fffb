/**
 * Why a presentation context was refused, for whoever can change that.
 * @module
 */
import { transferSyntax } from "../dicom/uids.ts";
import { CONTEXT_RESULT, type ProposedContext } from "../pdu/pdu.ts";
import { sopClassName } from "./sop_classes.ts";

/** Transfer syntaxes that a refusal names: what peers propose may fill pages of a log. */
const NAMED = 5;

/**
 * A refused context in words, with the class and, where they are the reason, the transfer syntaxes,
 * as "CT Image Storage (1.2.…): none of the transfer syntaxes is supported: RLE Lossless (1.2.…)".
 */
export function describeRefusal(context: ProposedContext, result: number): string {
  return `${sopClassName(context.abstractSyntax)}: ${reasonOf(context, result)}`;
}

function reasonOf({ transferSyntaxes }: ProposedContext, result: number): string {
  switch (result) {
    case CONTEXT_RESULT.userRejection:
      return "not allowed, or not in the roles asked for";
    case CONTEXT_RESULT.noReason:
      return "no reason given";
    case CONTEXT_RESULT.abstractSyntaxNotSupported:
      return "the class is not supported";
    case CONTEXT_RESULT.transferSyntaxesNotSupported: {
      if (transferSyntaxes.length === 0) return "no transfer syntax was proposed";
      const names = transferSyntaxes.slice(0, NAMED).map(transferSyntaxName);
      if (transferSyntaxes.length > NAMED) names.push(`${transferSyntaxes.length - NAMED} more`);
      return `none of the transfer syntaxes is supported: ${names.join(", ")}`;
    }
    default:
      return `refused with ${result}`;
  }
}

function transferSyntaxName(uid: string): string {
  const name = transferSyntax(uid)?.name;
  return name === undefined ? uid : `${name} (${uid})`;
}
