/**
 * A worker for tests of the pool: it answers with the bytes that it gets, fails, or spins for ever,
 * as the first of them says.
 * @module
 */
import { PixelError } from "../../server/pixels/frame.ts";
import type { Answer, Task } from "../../server/pixels/messages.ts";

declare const self: {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(answer: Answer): void;
};

/** What the first byte asks for. */
export const ASKED = { answer: 0, refuse: 1, fail: 2, spin: 3, crash: 4 } as const;

self.onmessage = ({ data }) => {
  if (data.kind !== "transcode") return;
  const { frame } = data.input;
  switch (frame.bytes[0]) {
    case ASKED.answer:
      return self.postMessage({ kind: "done", output: frame });
    case ASKED.refuse: {
      const { kind: why, message } = new PixelError("damaged", "The stream ends early");
      return self.postMessage({ kind: "refused", why, message });
    }
    case ASKED.fail:
      return self.postMessage({ kind: "failed", message: "out of luck" });
    case ASKED.spin:
      for (;;);
    default:
      throw new Error("crashed");
  }
};
