/** Entry of the engine's child process: one job, then it is killed by its parent. */
import { UserError } from "../core/errors";
import type { FromChild, PredictJob } from "./job";
import { predictProfile } from "./predict";

const send = (message: FromChild): void => void process.send!(message);

process.on("disconnect", () => process.exit());
process.once("message", (job: PredictJob) => {
  predictProfile(job, (progress) => send({ kind: "progress", progress })).then(
    ({ profile, output }) => send({ kind: "done", profile, output }),
    (error: unknown) => {
      const known = error instanceof UserError;
      const message = known ? error.message : ((error as Error).stack ?? String(error));
      send({ kind: "failed", code: known ? error.code : "defect", message, defect: !known });
    },
  );
});
