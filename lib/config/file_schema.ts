/**
 * The form of the configuration file. Loaded only where a file is given, since zod takes 30 ms to
 * load.
 * @module
 */
import { z } from "zod";
import { OPTION_NAMES } from "../deid/option.ts";
import { AE_TITLE, parseAETitle } from "./ae_title.ts";
import { SERVICES } from "./remote_aes.ts";
import { HOST, parseHost, parsePath, PATH } from "./variables.ts";

const aeTitle = z.string().refine((text) => parseAETitle(text) !== undefined, AE_TITLE);
const host = z.string().refine((text) => parseHost(text) === text, HOST);
const path = z.string().min(1).refine(
  (text) => parsePath(text) !== undefined,
  `a PEM file's ${PATH}`,
);
const port = z.int().min(1).max(65535);

/** From what any peer can work with to what a buffer of a connection should hold. */
const maxPduLength = z.int().min(4096).max(1024 ** 2);

const charset = z.string().regex(
  /^(ISO_IR (6|13|100|101|109|110|126|127|138|144|148|166|192|203)|GB18030|GBK|(ISO 2022 IR \d{1,3})?(\\ISO 2022 IR \d{1,3})*)$/,
  'defined terms of Specific Character Set, as "ISO_IR 192" (PS3.3 C.12.1.1.2)',
).min(1);

const archive = z.strictObject({
  name: z.string().regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    "1 to 64 lower-case letters, digits, - and _; the first a letter or digit",
  ),
  aets: z.array(aeTitle).default([]),
  conflict: z.enum(["refuse", "replace"]).default("refuse"),
});

const limits = z.strictObject({
  concurrentRequests: z.int().min(1).optional(),
  graceHours: z.number().min(0).max(24 * 3650).optional(),
});

const clientTls = z.strictObject({
  ca: path.optional(),
  cert: path.optional(),
  key: path.optional(),
}).refine(
  ({ cert, key }) => (cert === undefined) === (key === undefined),
  "cert and key go together",
);

const remoteAE = z.strictObject({
  title: aeTitle,
  host,
  port,
  tls: z.union([z.boolean(), clientTls], "must be true, or an object with ca, cert and key")
    .optional(),
  may: z.array(z.enum(SERVICES)).optional(),
  maxPduLength: maxPduLength.optional(),
  charset: charset.optional(),
  ack: z.enum(["spool", "core"]).optional(),
  prefer: z.enum(["explicit", "implicit"]).optional(),
  checkAddress: z.boolean().optional(),
});

const serverTls = z.strictObject({
  port: z.int().min(0).max(65535).optional(),
  cert: path,
  key: path,
  clientCa: path.optional(),
});

const dimse = z.strictObject({
  maxPduLength: maxPduLength.optional(),
  associations: z.int().min(1).max(10_000).optional(),
  idleMinutes: z.number().min(0.1).max(24 * 60).optional(),
  proxyProtocol: z.boolean().optional(),
  spoolReserveMiB: z.int().min(0).optional(),
  tls: serverTls.optional(),
});

const pixels = z.int().min(0).max(100_000);
const length = pixels.min(1);
const rectangle = z.strictObject({ x: pixels, y: pixels, width: length, height: length });

/** `*` may stand for any characters. */
const pattern = z.string().min(1).max(64);

const imageMatch = z.strictObject({
  SOPClassUID: pattern.optional(),
  Modality: pattern.optional(),
  Manufacturer: pattern.optional(),
  ManufacturerModelName: pattern.optional(),
  StationName: pattern.optional(),
  ImageType: pattern.optional(),
  Rows: length.optional(),
  Columns: length.optional(),
});

const burnedIn = z.strictObject({
  match: imageMatch,
  mask: z.array(rectangle).min(1).max(64).optional(),
  clear: z.literal(true).optional(),
  refuse: z.literal(true).optional(),
}).refine(
  (rule) => [rule.mask, rule.clear, rule.refuse].filter((each) => each !== undefined).length === 1,
  "needs one of mask, clear and refuse",
);

const twoDigits = z.string().regex(/^[0-9A-Fa-f]{2}$/, 'two hexadecimal digits, as "0C"');

const keepPrivate = z.strictObject({
  group: z.string().regex(/^[0-9A-Fa-f]{3}[13579BDFbdf]$/, 'an odd group, as "0019"'),
  creator: z.string().min(1).max(64),
  elements: z.array(twoDigits).min(1).max(256),
});

const deidProfile = z.strictObject({
  options: z.array(z.enum(OPTION_NAMES)).default([]),
  key: z.string().min(1).max(64).optional(),
  shiftDays: z.int().min(1).max(36_500).optional(),
  keepPrivate: z.array(keepPrivate).max(1000).optional(),
  burnedIn: z.array(burnedIn).max(1000).optional(),
  patientNames: z.enum(["pseudonym", "empty"]).optional(),
  keepWords: z.array(z.string().regex(/^[^\s\\\\]{1,64}$/, "one word")).max(10_000).optional(),
  highestAge: z.int().min(1).max(150).optional(),
}).refine(
  ({ options }) =>
    !(options.includes("retain-full-dates") && options.includes("retain-modified-dates")),
  "dates cannot be both full and modified",
).refine(
  ({ options, keepPrivate }) =>
    keepPrivate === undefined || options.includes("retain-safe-private"),
  'keepPrivate needs the option "retain-safe-private"',
);

const deidentification = z.strictObject({
  profiles: z.record(
    z.string().regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      "1 to 64 lower-case letters, digits, - and _; the first a letter or digit",
    ),
    deidProfile,
  ),
});

/** The whole file. */
export const configFile = z.strictObject({
  archives: z.array(archive).optional(),
  limits: limits.optional(),
  aes: z.array(remoteAE).optional(),
  unknownAes: z.enum(["refuse", "accept"]).optional(),
  dimse: dimse.optional(),
  deidentification: deidentification.optional(),
});

/** The names that may stand in each part of the file, for suggestions; parts are named as in `dimse.tls`. */
export const NAMES_OF: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(configFile.shape),
  "archives": Object.keys(archive.shape),
  "limits": Object.keys(limits.shape),
  "aes": Object.keys(remoteAE.shape),
  "aes.tls": Object.keys(clientTls.shape),
  "dimse": Object.keys(dimse.shape),
  "dimse.tls": Object.keys(serverTls.shape),
  "deidentification": Object.keys(deidentification.shape),
  "deidentification.profiles.*": Object.keys(deidProfile.shape),
  "deidentification.profiles.*.keepPrivate": Object.keys(keepPrivate.shape),
  "deidentification.profiles.*.burnedIn": Object.keys(burnedIn.shape),
  "deidentification.profiles.*.burnedIn.match": Object.keys(imageMatch.shape),
};
