/** Entry of the engine's child process: one job, then it is killed by its parent. */
import * as path from "node:path";
import { UserError } from "../core/errors";
import { readReport } from "../core/report/report";
import type { FromChild, Jobs, ToChild } from "./job";
import { readFileOrFail } from "./input-file";
import { predictProfile } from "./predict";
import { searchPrograms } from "./search";

const send = (message: FromChild): void => void process.send!(message);

process.on("disconnect", () => process.exit());
async function answer(message: ToChild): Promise<Jobs[keyof Jobs]["answer"]> {
  switch (message.kind) {
    case "predict":
      return predictProfile(message.job, (progress) => send({ kind: "progress", progress }));
    case "open":
      return readReport(readFileOrFail(message.job.file), path.basename(message.job.file));
    case "search":
      return searchPrograms(message.job);
  }
}

process.once("message", (message: ToChild) => {
  answer(message).then(
    (found) => send({ kind: "done", answer: found }),
    (error: unknown) => {
      const known = error instanceof UserError;
      const message = known ? error.message : ((error as Error).stack ?? String(error));
      send({ kind: "failed", code: known ? error.code : "defect", message, defect: !known });
    },
  );
});
