/**
 * A refusal as a person reads it: what programs get as problem details, in a page. Where a key is
 * missing, the way to the login.
 * @module
 */
import { PROBLEM_TITLES } from "../http/errors.ts";
import type { Problem } from "../http/problem.ts";
import type { Assets } from "./assets.ts";
import { pageResponse } from "./layout.tsx";
import { loginURL } from "./login_links.ts";

/** The page, with the status and the headers that the problem has. */
export async function problemPage(
  request: Request,
  assets: Assets,
  { status, message, headers }: Problem,
): Promise<Response> {
  if (status === 401) {
    const location = loginURL(request);
    return new Response(null, {
      status: 303,
      headers: { "Location": location, "Cache-Control": "no-store" },
    });
  }
  const title = PROBLEM_TITLES[status] ?? "Error";
  const response = await pageResponse(request, assets, {
    title,
    status,
    content: (
      <>
        <h1>{title}</h1>
        <p>{message}</p>
        {status === 403 && (
          <p>
            <a href={loginURL(request)}>Log in with another key</a>
          </p>
        )}
      </>
    ),
  });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  response.headers.set("Cache-Control", "no-store");
  return response;
}
