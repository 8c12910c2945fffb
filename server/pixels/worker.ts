/**
 * A thread that works on pixels: one task at a time, until it is ended.
 * @module
 */
import { type Answer, buffersOf, type Task } from "./messages.ts";
import { answerTo } from "./work.ts";

/** The part of the global scope of a worker that is used here. */
declare const self: {
  onmessage: ((event: MessageEvent<Task>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
};

self.onmessage = async ({ data }) => {
  const answer = await answerTo(data);
  const made = answer.kind === "done" && "bytes" in answer.output ? answer.output.bytes : undefined;
  self.postMessage(answer, buffersOf(made));
};
