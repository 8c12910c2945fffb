/**
 * The study list as a whole page: search, results, addresses, and the places that its scripts fill.
 * @module
 */
import type { ListedArchive } from "./archive_roots.ts";
import { Connect, type Connection } from "./connect.tsx";
import {
  clearLink,
  dateField,
  type ListRequest,
  PARAMETERS,
  sortParameter,
} from "./list_request.ts";
import { type Results, ResultsView, totalsText } from "./results.tsx";

/** What is shown. */
export interface StudyListPage {
  readonly results: Results;
  readonly connection: Connection;
  readonly archive: ListedArchive;
  readonly archives: readonly ListedArchive[];
  readonly modalities: readonly string[];
  readonly mayStore: boolean;
}

/** The content of the page. */
export function StudyListView(page: StudyListPage) {
  const { results, connection, archive, archives, mayStore } = page;
  return (
    <div id="list" data-root={archive.root} data-store={mayStore ? "" : undefined}>
      <div class="head">
        <h1>Studies</h1>
        <p id="totals" class="muted">{totalsText(results.totals)}</p>
        {mayStore && (
          <p class="add script">
            <label class="button primary">
              Add folder<input class="quiet" type="file" webkitdirectory multiple />
            </label>
            <label class="button">
              Add files<input class="quiet" type="file" multiple />
            </label>
          </p>
        )}
      </div>
      <section id="uploads" class="card" aria-label="Files being added" hidden></section>
      <SearchForm
        request={results.request}
        {...{ archive, archives }}
        modalities={page.modalities}
      />
      <ResultsView {...results} />
      <Connect {...connection} />
      <p id="live" class="quiet" role="status"></p>
      <div id="toast" role="status"></div>
    </div>
  );
}

const ORDERS = [
  ["", "Newest first"],
  ["date", "Oldest first"],
  ["name", "Name"],
  ["id", "Patient ID"],
  ["accession", "Accession"],
  ["description", "Description"],
] as const;

interface SearchFormProps {
  readonly request: ListRequest;
  readonly archive: ListedArchive;
  readonly archives: readonly ListedArchive[];
  readonly modalities: readonly string[];
}

function SearchForm({ request, archive, archives, modalities }: SearchFormProps) {
  const { search, text } = request;
  const sort = sortParameter(search.order, search.descending) ?? "";
  // One that is asked for is offered, whether or not it is there; what is too long to be one is not.
  const usable = modalities.filter((name) => name.length <= PARAMETERS.modality);
  const offered = [...new Set([...usable, ...search.modality ? [search.modality] : []])].sort();
  return (
    <form id="search" role="search" action="./" autocomplete="off">
      <div class="words">
        <input
          type="search"
          name="q"
          value={text}
          aria-label="Search by name, ID, accession number or description"
          aria-keyshortcuts="/"
          placeholder="Name, ID, accession, description"
          maxlength={200}
          enterkeyhint="search"
          spellcheck={false}
        />
        <kbd class="script" aria-hidden="true">/</kbd>
        <button type="submit" class="noscript">Search</button>
      </div>
      <div class="filters">
        <button type="submit" name="days" value="1">Today</button>
        <button type="submit" name="days" value="7">7 days</button>
        <label>
          From <input type="date" name="from" value={dateField(search.from)} />
        </label>
        <label>
          To <input type="date" name="to" value={dateField(search.to)} />
        </label>
        <Choice
          name="modality"
          label="Modality"
          value={search.modality ?? ""}
          options={[["", "All"], ...offered.map((name) => [name, name] as const)]}
        />
        <span class="order">
          <Choice name="sort" label="Order" value={sort} options={ORDERS} />
        </span>
        {archives.length > 1 && (
          <Choice
            name="archive"
            label="Archive"
            value={archive === archives[0] ? "" : archive.name}
            options={archives.map(({ name }, index) => [index === 0 ? "" : name, name])}
          />
        )}
        <a id="clear" href={clearLink(request)} data-clear hidden={request.parameters.size === 0}>
          Clear
        </a>
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** Values and what they are called. */
  readonly options: readonly (readonly [value: string, title: string])[];
}

function Choice({ name, label, value, options }: ChoiceProps) {
  return (
    <label>
      {label}{" "}
      <select name={name}>
        {options.map(([option, title]) => (
          <option value={option} selected={option === value}>{title}</option>
        ))}
      </select>
    </label>
  );
}
