/**
 * Studies to be found: names in several character sets, dates, modalities and requests that differ.
 * @module
 */
import { assertEquals } from "@std/assert";
import { parseCharset } from "../../lib/dicom/charset.ts";
import { encodeText } from "../../lib/dicom/charset_encode.ts";
import { type GatewayProcess, withGateway } from "./bridge_process.ts";
import { type BuiltElement, ctInstance, sequence, value } from "./part10_builder.ts";
import { stow } from "./stow.ts";

/** Of every UID: study n is `${ROOT}.n`, its series m `${ROOT}.n.m`. */
export const ROOT = "1.2.826.0.1.3680043.10.2";

/** A study. */
export interface Study {
  readonly charset: string;
  readonly name: string;
  readonly patientID: string;
  readonly date: string;
  readonly time: string;
  /** Modality of each series; each has as many images as its number. */
  readonly series: readonly string[];
}

/** The studies: a patient with two, and one for each of several character sets. */
export const STUDIES: readonly Study[] = [
  study("", "Doe^Jane", "P1", "20240101", "101500", ["CT", "MR"]),
  study("", "Doe^Jane", "P1", "20240315", "230000", ["CT"]),
  study("", "Smith^John", "P2", "20240316", "111500", ["SR", "CT"]),
  study("ISO_IR 100", "Müller^Jörg", "P3", "20240601", "080000", ["US"]),
  study("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう", "P4", "20240602", "0900", [
    "CT",
  ]),
  study("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동", "P5", "20240603", "10", ["MR"]),
  study("ISO_IR 192", "Wang^XiaoDong=王^小東", "P6", "20240604", "235959.5", ["CT"]),
];

function study(
  charset: string,
  name: string,
  patientID: string,
  date: string,
  time: string,
  series: readonly string[],
): Study {
  return { charset, name, patientID, date, time, series };
}

/** Patient's Name in a character set. */
export function nameIn(charset: string, name: string): BuiltElement {
  return value(0x00100010, "PN", encodeText(`${name} `, "PN", parseCharset(charset)).bytes);
}

/** All images of the studies as files. */
export function* images(): Generator<Uint8Array> {
  for (const [number, study] of STUDIES.entries()) {
    const studyInstanceUID = `${ROOT}.${number + 1}`;
    for (const [index, modality] of study.series.entries()) {
      const seriesInstanceUID = `${studyInstanceUID}.${index + 1}`;
      for (let image = 1; image <= index + 1; image++) {
        yield ctInstance({
          studyInstanceUID,
          seriesInstanceUID,
          sopInstanceUID: `${seriesInstanceUID}.${image}`,
          instanceNumber: image,
          patientID: study.patientID,
          studyDate: study.date,
          elements: [
            value(0x00080005, "CS", study.charset),
            value(0x00080030, "TM", study.time),
            value(0x00080050, "SH", `ACC${number + 1}`),
            value(0x00080060, "CS", modality),
            nameIn(study.charset, study.name),
            value(0x00200010, "SH", `S${number + 1}`),
            value(0x00200011, "IS", String(index + 1)),
            sequence(0x00400275, [[
              value(0x00400009, "SH", `SPS${number + 1}`),
              value(0x00401001, "SH", `RP${number + 1}`),
            ]]),
          ],
        });
      }
    }
  }
}

/** Runs a test on a gateway that has the studies. */
export function withStudies(
  run: (gateway: GatewayProcess) => Promise<void>,
  config?: unknown,
): Promise<void> {
  return withGateway(async (gateway) => {
    const response = await stow(gateway.dicomweb, [...images()]);
    assertEquals(response.status, 200, await response.text());
    await run(gateway);
  }, config === undefined ? {} : { config });
}
