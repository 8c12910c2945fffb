/**
 * A refusal as a person reads it: what programs get as problem details, in a page.
 * @module
 */
import { PROBLEM_TITLES } from "../http/errors.ts";
import type { Problem } from "../http/problem.ts";
import type { Assets } from "./assets.ts";
import { pageResponse } from "./layout.tsx";

/** The page, with the status and the headers that the problem has. */
export async function problemPage(
  request: Request,
  assets: Assets,
  { status, message, headers }: Problem,
): Promise<Response> {
  const title = PROBLEM_TITLES[status] ?? "Error";
  const response = await pageResponse(request, assets, {
    title,
    status,
    content: (
      <>
        <h1>{title}</h1>
        <p>{message}</p>
        {status === 401 && (
          <p>
            A browser does not send one by itself: let a proxy before the server add the header for
            those who may see the studies.
          </p>
        )}
      </>
    ),
  });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  response.headers.set("Cache-Control", "no-store");
  return response;
}
