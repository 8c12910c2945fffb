/**
 * Palettes of a data set (PS3.3 C.7.9, C.7.6.19).
 * @module
 */
import type { DataSet } from "../../../lib/dicom/dataset.ts";
import type { LookupTable, Palette } from "./description.ts";
import { lookUp, readTable } from "./lookup_table.ts";

/** Red, green, blue: descriptor, data, segmented data. */
const CHANNELS = [
  { descriptor: 0x00281101, data: 0x00281201, segmented: 0x00281221 },
  { descriptor: 0x00281102, data: 0x00281202, segmented: 0x00281222 },
  { descriptor: 0x00281103, data: 0x00281203, segmented: 0x00281223 },
] as const;

/** The palette of a data set; undefined where it has none that is whole. `signed`: stored values may be below 0. */
export function readPalette(dataSet: DataSet, signed: boolean): Palette | undefined {
  const tables = CHANNELS.flatMap((tags) => readTable(dataSet, { ...tags, signed }) ?? []);
  const [red] = tables;
  if (red === undefined || tables.length !== CHANNELS.length) return undefined;
  // Some writers announce 16 bits and store 8 in them; one channel alone may be dark by intent.
  const isByte = tables.every(({ values }) => values.every((value) => value < 0x100));
  const entries = Math.max(...tables.map(({ values }) => values.length));
  const colors = new Uint8Array(entries * 3);
  for (const [channel, table] of tables.entries()) {
    for (let i = 0; i < entries; i++) {
      colors[3 * i + channel] = colorByte(table, lookUp(table, table.first + i), isByte);
    }
  }
  return { first: red.first, colors };
}

function colorByte({ bits }: LookupTable, value: number, isByte: boolean): number {
  return isByte || bits <= 8 ? value : value >>> (bits - 8);
}
