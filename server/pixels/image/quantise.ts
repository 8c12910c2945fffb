/**
 * Colours reduced to 256, for image formats that have tables of them.
 * @module
 */
import type { Bytes, Raster } from "../frame.ts";

/** A table of colours, and which of them stands for what. */
export interface ColorTable {
  /** Red, green, blue of 256 colours. */
  readonly colors: Bytes;
  /** For each cell of colour space the index of its colour; undefined for grays, which are their own. */
  readonly indexOf: Uint8Array | undefined;
}

const COLORS = 256;
/** Bits of each channel that tell one cell of colour space from another. */
const CELL_BITS = 5;
const CELLS = 1 << (3 * CELL_BITS);

function cellOf(red: number, green: number, blue: number): number {
  const drop = 8 - CELL_BITS;
  return (red >>> drop) << (2 * CELL_BITS) | (green >>> drop) << CELL_BITS | blue >>> drop;
}

/** The 256 colours that stand for those of an image; every gray of a gray image stays what it is. */
export function colorTable(raster: Raster): ColorTable {
  if (raster.channels === 1) {
    return {
      colors: Uint8Array.from({ length: 3 * COLORS }, (_, i) => Math.floor(i / 3)),
      indexOf: undefined,
    };
  }
  const cells = countCells(raster);
  const boxes = cutBoxes(cells);
  const colors = new Uint8Array(3 * COLORS);
  const indexOf = new Uint8Array(CELLS);
  for (const [index, box] of boxes.entries()) {
    let [count, red, green, blue] = [0, 0, 0, 0];
    for (const cell of box) {
      indexOf[cell] = index;
      count += cells.counts[cell]!;
      red += cells.sums[3 * cell]!;
      green += cells.sums[3 * cell + 1]!;
      blue += cells.sums[3 * cell + 2]!;
    }
    colors.set([red, green, blue].map((sum) => Math.round(sum / count)), 3 * index);
  }
  return { colors, indexOf };
}

/** The index of each pixel's colour. */
export function indexed({ channels, data }: Raster, { indexOf }: ColorTable): Uint8Array {
  if (channels === 1 || indexOf === undefined) return data;
  const indexes = new Uint8Array(data.length / 3);
  for (let i = 0, at = 0; i < indexes.length; i++, at += 3) {
    indexes[i] = indexOf[cellOf(data[at]!, data[at + 1]!, data[at + 2]!)]!;
  }
  return indexes;
}

interface Cells {
  readonly counts: Uint32Array;
  readonly sums: Float64Array;
}

function countCells({ data }: Raster): Cells {
  const counts = new Uint32Array(CELLS);
  const sums = new Float64Array(3 * CELLS);
  for (let at = 0; at < data.length; at += 3) {
    const cell = cellOf(data[at]!, data[at + 1]!, data[at + 2]!);
    counts[cell]!++;
    for (let i = 0; i < 3; i++) sums[3 * cell + i]! += data[at + i]!;
  }
  return { counts, sums };
}

/** Cuts the cells that occur into at most 256 boxes: always the one that most is lost in, at its median. */
function cutBoxes(cells: Cells): number[][] {
  const used: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) if (cells.counts[cell]! > 0) used.push(cell);
  const boxes = [measure(used, cells)];
  while (boxes.length < COLORS) {
    let worst = 0;
    for (let i = 1; i < boxes.length; i++) if (boxes[i]!.loss > boxes[worst]!.loss) worst = i;
    const box = boxes[worst]!;
    if (box.loss === 0) break;
    const [left, right] = cut(box, cells);
    boxes[worst] = measure(left, cells);
    boxes.push(measure(right, cells));
  }
  return boxes.map(({ cells: own }) => own);
}

/** Cells that share one colour; `loss` is 0 where it is one cell. */
interface Box {
  readonly cells: number[];
  /** Bits to shift a cell's number by, so that it begins with the channel that varies most. */
  readonly shift: number;
  readonly loss: number;
}

const MASK = (1 << CELL_BITS) - 1;

function measure(own: number[], { counts }: Cells): Box {
  let [shift, loss] = [0, 0];
  for (const channel of [2 * CELL_BITS, CELL_BITS, 0]) {
    let [count, sum, squares] = [0, 0, 0];
    for (const cell of own) {
      const value = (cell >>> channel) & MASK;
      // Less than in proportion: a thin line of its own colour must not vanish in what is large.
      const weight = Math.sqrt(counts[cell]!);
      count += weight;
      sum += weight * value;
      squares += weight * value * value;
    }
    const spread = squares - sum * sum / count;
    if (spread > loss) [shift, loss] = [channel, spread];
  }
  return { cells: own, shift, loss: own.length < 2 ? 0 : loss };
}

function cut({ cells: own, shift }: Box, { counts }: Cells): [number[], number[]] {
  const sorted = own.toSorted((a, b) => ((a >>> shift) & MASK) - ((b >>> shift) & MASK));
  const weightOf = (cell: number) => Math.sqrt(counts[cell]!);
  const half = sorted.reduce((sum, cell) => sum + weightOf(cell), 0) / 2;
  let [place, seen] = [0, 0];
  while (place < sorted.length - 1 && seen + weightOf(sorted[place]!) <= half) {
    seen += weightOf(sorted[place++]!);
  }
  place = Math.max(1, place);
  return [sorted.slice(0, place), sorted.slice(place)];
}
