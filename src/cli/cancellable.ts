import { UserError } from "../core/errors";
import { createProgressLine, type ProgressLine } from "./progress";

/** Work that an interrupt ends, with a progress line. @returns undefined when it was interrupted */
export async function cancellable<T>(work: (signal: AbortSignal, line: ProgressLine) => Promise<T>): Promise<T | undefined> {
  const cancel = new AbortController();
  const interrupted = (): void => cancel.abort(new UserError("cancelled", "cancelled"));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const line = createProgressLine();
  try {
    return await work(cancel.signal, line);
  } catch (error) {
    if (error instanceof UserError && error.code === "cancelled") return undefined;
    throw error;
  } finally {
    line.clear();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}
