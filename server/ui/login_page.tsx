/**
 * Where a person gives an API key.
 * @module
 */
import type { Page } from "./layout.tsx";

/** What the page knows. */
export interface LoginPage {
  /** Where it leads, relative to the page. */
  readonly next: string;
  /** What was wrong with the last attempt, or with the key that the browser has. */
  readonly problem: string | undefined;
  /** Of the answer to an attempt that failed. */
  readonly status: 200 | 401;
  /** Hours for which the browser keeps the key. */
  readonly hours: number;
}

/** The page. */
export function loginPage({ next, problem, status, hours }: LoginPage): Page {
  return {
    title: "Log in",
    isBare: true,
    status,
    content: (
      <div class="card login">
        <h1>Log in</h1>
        <form method="post" action="login">
          <input type="hidden" name="next" value={next} />
          {/* Password managers file a password under a name. */}
          <input type="text" name="username" autocomplete="username" value="API key" hidden />
          <label for="key">API key</label>
          <input
            id="key"
            name="key"
            type="password"
            required
            autofocus
            autocomplete="current-password"
            autocapitalize="off"
            spellcheck={false}
            aria-invalid={problem === undefined ? undefined : "true"}
            aria-describedby={problem === undefined ? "about-key" : "problem about-key"}
          />
          {problem === undefined ? null : <p id="problem" role="alert">{problem}</p>}
          <button type="submit" class="primary">Log in</button>
        </form>
        <p id="about-key" class="muted">
          This browser keeps it for {hours}{" "}
          hours, or until you log out. Whoever runs the server makes keys, with{" "}
          <code>deno task keys</code>.
        </p>
      </div>
    ),
  };
}
