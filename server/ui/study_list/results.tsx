/**
 * The studies of a page as a table, with the way to the next. The page has it, and the script asks
 * for it alone.
 * @module
 */
import type { Child } from "hono/jsx";
import type { Totals } from "../../index/index.ts";
import { type StudyOrder, type StudyPage } from "../../services/study_list.ts";
import {
  counted,
  dateText,
  PersonName,
  sexText,
  sizeText,
  Text,
  timeText,
} from "../shown_values.tsx";
import type { ListedArchive } from "./archive_roots.ts";
import { clearLink, listLink, type ListRequest, sortParameter } from "./list_request.ts";

/** What is shown. */
export interface Results {
  readonly request: ListRequest;
  readonly page: StudyPage;
  readonly totals: Totals;
  /** The open study's content, where one is. */
  readonly opened: Child | undefined;
  readonly archive: ListedArchive;
  /** Stands for the table where the archive is empty. */
  readonly welcome: Child;
}

interface Column {
  readonly title: string;
  readonly order?: StudyOrder;
}

const COLUMNS: readonly Column[] = [
  { title: "Patient", order: "name" },
  { title: "Patient ID", order: "id" },
  { title: "Date", order: "date" },
  { title: "Modality" },
  { title: "Description", order: "description" },
  { title: "Accession", order: "accession" },
  { title: "Series" },
];

/** What an archive holds, in a line. */
export function totalsText({ studies, instances, bytes }: Totals): string {
  return [
    counted(studies, "study", "studies"),
    counted(instances, "instance"),
    sizeText(bytes),
  ].join(" · ");
}

/** The element `#results`. */
export function ResultsView(results: Results) {
  const { request, page, totals, welcome } = results;
  const shown = page.studies.length;
  return (
    <div id="results" data-totals={totalsText(totals)}>
      {totals.studies === 0 ? welcome : (
        <>
          <p id="status" class="muted">{statusText(request, page)}</p>
          {shown > 0 && <StudyTable {...results} />}
          {shown === 0 && !page.isCut && (
            <p class="card none">
              No study matches. <a href={clearLink(request)} data-clear>Clear the search</a>
            </p>
          )}
          <Pager request={request} page={page} />
        </>
      )}
    </div>
  );
}

function statusText({ firstRow }: ListRequest, { studies, total, next, isCut }: StudyPage): string {
  if (isCut) return "Not all studies are looked at yet.";
  if (studies.length === 0) return "0 studies";
  const last = firstRow + studies.length - 1;
  if (firstRow === 1 && next === undefined) return counted(last, "study", "studies");
  const of = total === undefined ? "many" : Math.max(total, last).toLocaleString("en");
  return `${firstRow.toLocaleString("en")}–${last.toLocaleString("en")} of ${of} studies`;
}

function StudyTable(results: Results) {
  const { request, page } = results;
  return (
    <table>
      <caption class="quiet">Studies</caption>
      <thead>
        <tr>
          {COLUMNS.map((column) => <Heading column={column} request={request} />)}
          <th scope="col">
            <span class="quiet">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {page.studies.map((study) => {
          const isOpen = study.StudyInstanceUID === request.open && results.opened !== undefined;
          return (
            <>
              <StudyRow study={study} isOpen={isOpen} request={request} archive={results.archive} />
              {isOpen && (
                <tr class="more">
                  <td colspan={COLUMNS.length + 1}>{results.opened}</td>
                </tr>
              )}
            </>
          );
        })}
      </tbody>
    </table>
  );
}

interface HeadingProps {
  readonly column: Column;
  readonly request: ListRequest;
}

function Heading({ column: { title, order }, request }: HeadingProps) {
  if (order === undefined) return <th scope="col">{title}</th>;
  const { search } = request;
  const isOrder = search.order === order;
  const next = sortParameter(order, isOrder ? !search.descending : order === "date");
  const href = listLink(request, {
    sort: next,
    after: undefined,
    row: undefined,
    study: undefined,
  });
  const sorted = search.descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={isOrder ? sorted : undefined}>
      <a href={href}>{title}</a>
    </th>
  );
}

interface RowProps {
  readonly study: StudyPage["studies"][number];
  readonly isOpen: boolean;
  readonly request: ListRequest;
  readonly archive: ListedArchive;
}

function StudyRow({ study, isOpen, request, archive }: RowProps) {
  const uid = study.StudyInstanceUID ?? "";
  const born = dateText(study.PatientBirthDate);
  const person = [sexText(study.PatientSex), born && `born ${born}`].filter(Boolean).join(", ");
  const time = timeText(study.StudyTime);
  const series = Number(study.NumberOfStudyRelatedSeries ?? 0);
  const instances = Number(study.NumberOfStudyRelatedInstances ?? 0);
  return (
    <tr class="study">
      <th scope="row">
        <a
          class="open"
          href={listLink(request, { study: isOpen ? undefined : uid })}
          aria-expanded={isOpen ? "true" : "false"}
        >
          <PersonName of={study.PatientName} />
        </a>
        {person !== "" && <small>{person}</small>}
      </th>
      <td>
        <Text of={study.PatientID} />
      </td>
      <td>{dateText(study.StudyDate)}{time !== "" && <small>{time}</small>}</td>
      <td>
        {(study.ModalitiesInStudy ?? "").split("\\").filter(Boolean).map((modality) => (
          <b>
            <Text of={modality} />
          </b>
        ))}
      </td>
      <td>
        <Text of={study.StudyDescription} />
      </td>
      <td>
        <Text of={study.AccessionNumber} />
      </td>
      <td>
        {counted(series, "series", "series")}
        <small>{counted(instances, "instance")}</small>
      </td>
      <td>
        <a class="button" href={`viewer?${archive.viewerQuery}${uid}`}>View</a>
      </td>
    </tr>
  );
}

function Pager({ request, page }: Pick<Results, "request" | "page">) {
  const { after } = request.search;
  if (after === undefined && page.next === undefined) return null;
  const row = request.firstRow + page.studies.length;
  const closed = { study: undefined };
  return (
    <nav class="pager" aria-label="Pages of studies">
      {after !== undefined && (
        <a class="button" href={listLink(request, { ...closed, after: undefined, row: undefined })}>
          First page
        </a>
      )}
      {page.next !== undefined && (
        <a
          class="button"
          rel="next"
          href={listLink(request, { ...closed, after: page.next, row: String(row) })}
        >
          {page.isCut ? "Look further" : "Next page"}
        </a>
      )}
    </nav>
  );
}
