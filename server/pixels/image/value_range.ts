/**
 * Which values a grayscale frame has, for windows that have to show something of it.
 * @module
 */
import type { Frame } from "../frame.ts";
import type { FrameDescription, Window } from "./description.ts";
import { modalityValue, storedValue } from "./grayscale.ts";
import { openCells, openFloats } from "./samples.ts";

/** True where some value of the frame lies within the window; padding counts too. */
export function isWithin(
  frame: Frame,
  { modality }: FrameDescription,
  { center, width }: Window,
): boolean {
  const [from, to] = [center - width / 2, center + width / 2];
  const isSeen = (stored: number) => {
    const value = modalityValue(modality, stored);
    return value >= from && value <= to;
  };
  const { format } = frame;
  if (format.sample !== "integer") return openFloats(frame).some(isSeen);
  const { cells, shift, mask } = openCells(frame, format.Rows * format.Columns);
  const known = new Map<number, boolean>();
  for (const cell of cells) {
    const code = (cell >>> shift) & mask;
    let seen = known.get(code);
    if (seen === undefined) known.set(code, seen = isSeen(storedValue(code, format)));
    if (seen) return true;
  }
  return false;
}
