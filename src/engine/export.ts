/** Exports of a report: where its sources are here, and the file that is written. */
import { existsSync, realpathSync } from "node:fs";
import * as path from "node:path";
import { howSure } from "../core/model/summary";
import { checkModel, type Profile } from "../core/profile/profile";
import { exportText } from "../core/report/exports/exports";
import type { Here } from "../core/report/exports/here";
import { besideOf } from "../core/profile/beside";
import { readReport } from "../core/report/report";
import { readLibrary } from "./assets";
import { readFileOrFail } from "./input-file";
import type { ExportJob } from "./job";
import { writeAll, writeOutput } from "./output-file";
import { compiledLines, isRemote } from "./source-files";

export function hereOf(profile: Profile, { model, models, folder, located, base }: Pick<ExportJob, "model" | "models" | "folder" | "located" | "base">): Here {
  const { files, fileHashes } = profile;
  const hashes = new Map(files.map((file, i) => [file, fileHashes[i]!]));
  const locals = new Map(located);
  return {
    sure: howSure(model),
    get beside() {
      return besideOf(profile, readLibrary(models));
    },
    localOf: (file) => {
      const local = localPath(file, folder, locals);
      return !isRemote(local) && existsSync(local) ? local : file;
    },
    sourceOf: (file) => compiledLines(localPath(file, folder, locals), hashes.get(file) ?? ""),
    folders: namesOf(base),
  };
}

/** A name of another computer stays one: path.resolve would make it a local one on some systems. */
const localPath = (file: string, folder: string, locals: ReadonlyMap<string, string>): string =>
  locals.get(file) ?? (isRemote(file) ? file : path.resolve(folder, file));

/** A folder's name, and its name without links. */
function namesOf(folder: string): string[] {
  try {
    return [folder, realpathSync(folder)];
  } catch {
    return [folder];
  }
}

export async function exportTo(job: ExportJob): Promise<void> {
  const { report, format, machines, model, out } = job;
  const profile = typeof report === "string" ? readReport(readFileOrFail(report), path.basename(report)) : report;
  checkModel(profile, model, path.basename(typeof report === "string" ? report : profile.provenance.program));
  const text = exportText(format, profile, machines, hereOf(profile, job));
  const locals = new Map(job.located);
  const sources = profile.files.filter((file) => !isRemote(file)).map((file) => localPath(file, job.folder, locals));
  await writeOutput(out, [...job.inputs, ...sources], (fd) => writeAll(fd, Buffer.from(text)));
}
