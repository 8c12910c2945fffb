/**
 * Makes tests/vectors/pdu/dcmtk.ts: associations between programs of DCMTK, byte for byte. To write
 * the file: `deno run -A tests/support/record_pdus.ts`.
 * @module
 */
import { runTool, untilListening } from "./dcmtk.ts";
import { splitPdus, tapPort } from "./dimse_tap.ts";
import { freePort } from "./orthanc.ts";
import { ctInstance } from "./part10_builder.ts";
import type { Program } from "./peers.ts";

const OUTPUT = new URL("../vectors/pdu/dcmtk.ts", import.meta.url);

const HEAD = `/**
 * Associations between DCMTK's programs, written by tests/support/record_pdus.ts: the PDUs of both
 * sides in hexadecimal digits.
 * @module
 */

/** What both sides sent. */
export interface RecordedPdus {
  readonly requestor: readonly string[];
  readonly acceptor: readonly string[];
}
`;

/** Role selection and extended negotiation, which DCMTK takes from a file only. */
const PROFILE = `
[[TransferSyntaxes]]
[Two]
TransferSyntax1 = LittleEndianExplicit
TransferSyntax2 = LittleEndianImplicit
[[PresentationContexts]]
[Classes]
PresentationContext1 = CTImageStorage\\Two
PresentationContext2 = SecondaryCaptureImageStorage\\Two
[[SCPSCURoleSelection]]
[Roles]
Role1 = CTImageStorage\\BOTH
Role2 = SecondaryCaptureImageStorage\\SCP
[[ExtendedNegotiation]]
[Extensions]
ExtendedNegotiation1 = CTImageStorage\\020003000100
ExtendedNegotiation2 = SecondaryCaptureImageStorage\\01
[[Profiles]]
[Default]
PresentationContexts = Classes
SCPSCURoleSelection = Roles
ExtendedNegotiation = Extensions
`;

/** One association to record. */
interface Recipe {
  readonly name: string;
  readonly program: Program;
  /** Its arguments but for host, port and the file that storescu sends. */
  readonly args: readonly string[];
  /** Arguments of the storescp that it calls. */
  readonly storescp?: readonly string[];
}

await using folder = await temporaryFolder();
const profile = ["-xf", `${folder.path}/profile.cfg`, "Default"];
const recipes: readonly Recipe[] = [
  { name: "echo", program: "echoscu", args: ["-aet", "ME", "-aec", "YOU"] },
  { name: "manySyntaxes", program: "echoscu", args: ["-pts", "38"] },
  { name: "abort", program: "echoscu", args: ["--abort"] },
  { name: "refusal", program: "echoscu", args: [], storescp: ["--refuse"] },
  { name: "store", program: "storescu", args: ["-R", "-xe"] },
  { name: "passcode", program: "storescu", args: ["-R", "-usr", "bob", "-pwd", "odd", "-rsp"] },
  { name: "jwt", program: "storescu", args: ["-R", "--jwt", `${folder.path}/token`, "-rsp"] },
  { name: "profile", program: "storescu", args: profile, storescp: profile },
];
const recorded: string[] = [];
for (const recipe of recipes) recorded.push(await record(recipe));
await Deno.writeTextFile(OUTPUT, HEAD + recorded.join(""));

async function record({ name, program, args, storescp = [] }: Recipe): Promise<string> {
  const port = freePort();
  const peer = new Deno.Command("storescp", { args: ["--ignore", ...storescp, `${port}`] }).spawn();
  await untilListening(port);
  const tap = tapPort(port);
  const files = program === "storescu" ? [`${folder.path}/instance.dcm`] : [];
  await runTool(program, [...args, "127.0.0.1", `${tap.port}`, ...files]);
  const { requestor, acceptor } = await tap.tapped;
  peer.kill();
  await peer.status;
  return `
/** \`${shown(program, ...args, ...files)}\` to \`${shown("storescp", ...storescp)}\`. */
export const ${name}: RecordedPdus = {
  requestor: [${hexOf(requestor)}],
  acceptor: [${hexOf(acceptor)}],
};
`;
}

function shown(...command: readonly string[]): string {
  return command.join(" ").replaceAll(`${folder.path}/`, "");
}

function hexOf(stream: Uint8Array): string {
  const lines = (pdu: Uint8Array) => pdu.toHex().replace(/.{96}(?=.)/g, "$&\n");
  return splitPdus(stream).map((pdu) => `\`${lines(pdu)}\``).join(", ");
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "gantry-record-" });
  await Deno.writeTextFile(`${path}/profile.cfg`, PROFILE);
  await Deno.writeTextFile(`${path}/token`, "e30.e30.c2lnbmVk");
  await Deno.writeFile(`${path}/instance.dcm`, ctInstance());
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
