/**
 * What `--help` shows.
 * @module
 */

/** The help of all commands. */
export const HELP = `Asks a DICOM peer for something, from the command line.

  deno task bridge echo  PEER                         is it there?
  deno task bridge find  PEER [KEY[=VALUE]…]          what does it have?
  deno task bridge move  PEER --to TITLE KEY=VALUE…   have it send instances to another AE
  deno task bridge get   PEER --out FOLDER KEY=VALUE… take instances from it, into a folder
  deno task bridge store PEER FILE|FOLDER…            send files to it

Without a command, deno task bridge is the bridge itself.

PEER is TITLE@host:port, or the title of an AE in the file of GANTRY_CONFIG.

A KEY is a keyword of DICOM. In find its VALUE may have wild cards (PatientName=DOE*), be a range
(StudyDate=20240101-20241231), or be left out where the attribute is only to be shown. The key of
the level says what is moved or got: PatientID, StudyInstanceUID, SeriesInstanceUID or
SOPInstanceUID; several UIDs are separated by a backslash.

  --level LEVEL   PATIENT, STUDY, SERIES or IMAGE; without it that of the deepest key given
  --root ROOT     study, or patient for peers that know no other
  --to TITLE      of move: the AE that gets the instances, by the title under which PEER knows it
  --out FOLDER    of get: where the files go; each has the name of its SOP Instance UID
  --aet TITLE     what this side calls itself; without it GANTRY_AET
  --tls           TLS, for a PEER that is not in the file
  --json          results as lines of JSON

  deno task bridge find PACS1@10.0.0.5:104 PatientName=DOE* StudyDate=20240101-
  deno task bridge get PACS1 --out images StudyInstanceUID=1.2.840.113…

Ends with 0, with 1 where something was not done, or with 2 where the command is not understood.
Control-C asks the peer to stop.`;
