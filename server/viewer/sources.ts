/**
 * The archives that the viewer can show.
 * @module
 */
import { DEFAULT_ARCHIVE } from "../../lib/config/archives.ts";
import type { Settings } from "../settings.ts";
import { type Source, SOURCE_NAME } from "./app_config.ts";

/** The default archive, and each that an AE title leads to, under that title. */
export function viewerSources(
  archives: Settings["archives"],
): readonly [Source, ...Source[]] {
  const others = archives.filter(({ name }) => name !== DEFAULT_ARCHIVE);
  return [
    { name: "dicomweb", title: "Gantry", root: "dicomweb" },
    ...others.flatMap(({ aets }) => aets).filter((aet) => SOURCE_NAME.test(aet)).map((aet) => ({
      name: aet,
      title: aet,
      root: `aets/${aet}/rs`,
    })),
  ];
}
