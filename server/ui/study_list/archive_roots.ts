/**
 * The archives that the study list can show, and how their objects are reached.
 * @module
 */
import { type ArchiveSettings, DEFAULT_ARCHIVE } from "../../../lib/config/archives.ts";
import { DEFAULT_ROOT } from "../../http/base_url.ts";

/** An archive that has a URL. */
export interface ListedArchive {
  readonly name: string;
  /** Path of its DICOMweb root, relative to that of the pages. */
  readonly root: string;
  /** By which the bridge is called to reach it. */
  readonly aet: string | undefined;
  /** Query of the viewer's URL that shows a study of it, but for the study's UID. */
  readonly viewerQuery: string;
}

/** The archives that have a URL, the default one first. */
export function listedArchives(archives: readonly ArchiveSettings[]): ListedArchive[] {
  const isDefault = ({ name }: ArchiveSettings) => name === DEFAULT_ARCHIVE;
  return archives.toSorted((a, b) => Number(isDefault(b)) - Number(isDefault(a)))
    .flatMap((archive): ListedArchive[] => {
      const { name, aets: [aet] } = archive;
      if (isDefault(archive)) {
        return [{ name, root: DEFAULT_ROOT.slice(1), aet, viewerQuery: "StudyInstanceUIDs=" }];
      }
      if (aet === undefined) return [];
      const escaped = encodeURIComponent(aet);
      const viewerQuery = `datasources=${escaped}&StudyInstanceUIDs=`;
      return [{ name, root: `aets/${escaped}/rs`, aet, viewerQuery }];
    });
}
