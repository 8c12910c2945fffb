/**
 * What the checks of one run share: the way to the server, and what is there to check it on.
 * @module
 */
import { unchecked } from "./check.ts";
import type { Http } from "./http.ts";
import type { Sample, SampleInstance, SampleStudy } from "./sample.ts";

/** One run. */
export interface Session {
  readonly http: Http;
  /** What is stored for this run; undefined where an existing study is looked at instead. */
  readonly own: Sample | undefined;
  /** What can be searched and retrieved: the run's own once it is stored, or an existing study. */
  present: Sample | undefined;
  /** Study Instance UID of what is stored and thrown away beside it. */
  readonly scratchUID: string;
  /** Studies that may have been stored and are to be removed. */
  readonly left: Set<string>;
  /** Milliseconds for which the server may take its time until what it stored is found. */
  settleWithin: number;
  /** Base URL of the URI service: what was given, and then what was found. */
  wado: string | undefined;
}

/** What is there. Without it nothing can be told. */
export function presentIn({ present }: Session): Sample {
  return present ?? unchecked("Nothing could be stored to check it on; name a study with --study.");
}

/** The first study. */
export function firstStudy(session: Session): SampleStudy {
  return presentIn(session).studies[0] ?? unchecked("There is no study to check it on.");
}

/** The second study. */
export function secondStudy(session: Session): SampleStudy {
  return presentIn(session).studies[1] ?? unchecked("This needs a second study.");
}

/** An image of one frame. */
export function singleFrame(session: Session): SampleInstance {
  const images = instancesIn(presentIn(session)).filter(({ rows }) => rows !== undefined);
  return images.find(({ frames }) => frames === 1) ??
    unchecked("This needs an image of one frame.");
}

/** An image of several frames. */
export function multiFrame(session: Session): SampleInstance {
  return instancesIn(presentIn(session)).find(({ frames }) => frames > 1) ??
    unchecked("This needs an image of several frames.");
}

/** Every instance. */
export function instancesIn(sample: Sample): readonly SampleInstance[] {
  return sample.studies.flatMap(({ instances }) => instances);
}
