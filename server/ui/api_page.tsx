/**
 * The description of the server as a page: every route, by what it does.
 * @module
 */
import { requiredScope } from "../http/auth.ts";
import { COMMON_PROBLEMS, openapiPath } from "../routes/openapi.ts";
import {
  type Operation,
  operationOf,
  type Route,
  routesIn,
  TRANSACTIONS,
} from "../routes/operations.ts";
import type { QueryParameter } from "../routes/parameters.ts";
import { ScrolledTable } from "./scrolled_table.tsx";

/** A route with what it does. */
interface Described {
  readonly route: Route;
  readonly operation: Operation;
}

/** What stands in the page. */
export function ApiPage({ routes }: { readonly routes: Iterable<Route> }) {
  const described = routesIn(routes).flatMap((route): Described[] => {
    const operation = operationOf(route);
    // What an AE title names has the same resources.
    return operation === undefined || route.path.startsWith("/aets/") ? [] : [{ route, operation }];
  });
  const groups = TRANSACTIONS.map((transaction) =>
    [
      transaction,
      described.filter(({ operation }) => operation.transaction === transaction),
    ] as const
  );
  return (
    <div class="prose">
      <h1>API</h1>
      <p>
        DICOMweb (PS3.18) for programs and viewers. The same as a document for tools:{" "}
        <a href="openapi.json">openapi.json</a>. What each part of the standard is met by:{" "}
        <a href="conformance">conformance statement</a>.
      </p>
      <p>
        Send an API key as <code>Authorization: Bearer KEY</code>{" "}
        where keys have been made; a browser keeps one by{" "}
        <a href="login">logging in</a>. Problems come as JSON (RFC 9457) with one sentence that says
        what to do; any request may be answered {COMMON_PROBLEMS.join(", ")}. What is below{" "}
        <code>/dicomweb</code> is the default archive's; below <code>/aets/AE/rs</code>, and at{" "}
        <code>/aets/AE/wado</code>, every archive has the same.
      </p>
      {groups.map(([transaction, group]) => (
        <section class="card" aria-labelledby={idOf(transaction)}>
          <h2 id={idOf(transaction)}>{transaction}</h2>
          {group.map((each) => <Route {...each} />)}
        </section>
      ))}
    </div>
  );
}

function Route({ route, operation }: Described) {
  const { summary, clause, parameters, takes, gives, success, problems, isOpen } = operation;
  const path = openapiPath(route.path);
  return (
    <details>
      <summary>
        <code class="method">{route.method}</code> <code>{path}</code>{" "}
        <span class="muted">{summary}</span>
      </summary>
      <dl>
        {clause === undefined ? null : <Term name="PS3.18">{clause}</Term>}
        {isOpen ? null : <Term name="Scope">{requiredScope(route.method, route.path)}</Term>}
        {takes.length === 0 ? null : <Term name="Takes">{takes.join(", ")}</Term>}
        {gives.length === 0 ? null : <Term name="Gives">{gives.join(", ")}</Term>}
        <Term name="Statuses">{[...success, ...problems].join(", ")}</Term>
      </dl>
      {parameters.length === 0 ? null : <Parameters of={path} parameters={parameters} />}
    </details>
  );
}

function Term({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Parameters(
  { of, parameters }: { readonly of: string; readonly parameters: readonly QueryParameter[] },
) {
  return (
    <ScrolledTable
      caption={`Parameters of ${of}`}
      head={["Parameter", "Meaning"]}
      rows={parameters.map(({ name, description }) => [name, description])}
    />
  );
}

function idOf(transaction: string): string {
  return transaction.toLowerCase().replaceAll(" ", "-");
}
