/**
 * An open study: what can be done with it, and its series.
 * @module
 */
import type { ListedSeries, ListedStudy } from "../../services/study_list.ts";
import { counted, dateText, nameText, PersonName, Text } from "../shown_values.tsx";

/** What is shown. */
export interface OpenStudy {
  readonly study: ListedStudy;
  /** Path of the archive's DICOMweb root. */
  readonly root: string;
  readonly mayDelete: boolean;
}

/** Pixels of a side; the server makes them of this size unless asked for another. */
const THUMBNAIL = 160;

/** What stands below an open row. */
export function StudyView({ study: { attributes, series, left }, root, mayDelete }: OpenStudy) {
  const uid = attributes.StudyInstanceUID ?? "";
  const path = `${root}/studies/${uid}`;
  return (
    <div class="opened">
      <p class="acts">
        <a class="button" href={`${path}?accept=application/zip`} download>Download</a>
        {mayDelete && (
          <button
            type="button"
            class="script"
            data-delete={path}
            data-name={nameText(attributes.PatientName)}
          >
            Delete
          </button>
        )}
      </p>
      <ul class="series">
        {series.map((each) => <Series of={each} path={path} />)}
      </ul>
      {left > 0 && <p class="muted">And {counted(left, "more series", "more series")}.</p>}
      <dl class="facts">
        {attributes.ReferringPhysicianName && (
          <>
            <dt>Referred by</dt>
            <dd>
              <PersonName of={attributes.ReferringPhysicianName} />
            </dd>
          </>
        )}
        <dt>Study UID</dt>
        <dd>
          <code>{uid}</code> <Copy text={uid} what="the Study UID" />
        </dd>
      </dl>
    </div>
  );
}

function Series({ of: { attributes, hasImages }, path }: {
  readonly of: ListedSeries;
  readonly path: string;
}) {
  const number = Number(attributes.NumberOfSeriesRelatedInstances ?? 0);
  const size = counted(number, hasImages ? "image" : "instance");
  const date = dateText(attributes.PerformedProcedureStepStartDate);
  return (
    <li>
      <span class="thumb">
        {hasImages
          ? (
            <img
              loading="lazy"
              decoding="async"
              alt=""
              width={THUMBNAIL}
              height={THUMBNAIL}
              src={`${path}/series/${attributes.SeriesInstanceUID}/thumbnail`}
            />
          )
          : <Text of={attributes.Modality} />}
      </span>
      <span class="about">
        <b>
          <Text of={attributes.Modality} />
        </b>{" "}
        {attributes.SeriesNumber && (
          <>
            #<Text of={attributes.SeriesNumber} />
            {" "}
          </>
        )}
        <Text of={attributes.SeriesDescription} />
        <small>{[size, date].filter(Boolean).join(" · ")}</small>
      </span>
    </li>
  );
}

/** A button that copies a text. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <button type="button" class="copy script" data-copy={text} aria-label={`Copy ${what}`}>
      Copy
    </button>
  );
}
