/** Entry of the engine's child process: one job, then it is killed by its parent. */
import * as path from "node:path";
import { UserError } from "../core/errors";
import { readReport, writeReport } from "../core/report/report";
import { flagsFromDatabase } from "./compile-commands";
import { exportTo } from "./export";
import type { FromChild, Jobs, ToChild } from "./job";
import { readFileOrFail } from "./input-file";
import { writeAll, writeOutput } from "./output-file";
import { predictProfile } from "./predict";
import { searchPrograms } from "./search";
import { locateSources } from "./source-files";

const send = (message: FromChild): void => void process.send!(message);

process.on("disconnect", () => process.exit());
async function answer(message: ToChild): Promise<Jobs[keyof Jobs]["answer"]> {
  switch (message.kind) {
    case "predict":
      return predictProfile(message.job, (progress) => send({ kind: "progress", progress }));
    case "open":
      return readReport(message.job.bytes ?? readFileOrFail(message.job.file), path.basename(message.job.file));
    case "save":
      await writeOutput(message.job.file, [], (fd) => writeAll(fd, writeReport(message.job.profile)));
      return null;
    case "export":
      await exportTo(message.job);
      return null;
    case "locate":
      return locateSources(message.job);
    case "flags":
      return flagsFromDatabase(message.job.database, message.job.source);
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
