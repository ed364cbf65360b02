import type { Microarchitecture } from "../../model/description";
import type { Profile } from "../../profile/profile";
import { callgrind } from "./callgrind";
import { cpuprofile } from "./cpuprofile";
import { predictionCsv } from "./csv";
import type { FormatName } from "./formats";
import type { Here } from "./here";
import { page } from "./html";
import { predictionJson } from "./json";
import { sarif } from "./sarif";
import { speedscope } from "./speedscope";

type Writer = (profile: Profile, machines: readonly Microarchitecture[], here: Here) => string;

const WRITERS: Record<FormatName, Writer> = {
  json: (profile, machines, { beside }) => predictionJson(profile, machines, beside),
  csv: predictionCsv,
  cpuprofile: (profile, machines, here) => cpuprofile(profile, machines[0]!, here),
  speedscope,
  callgrind,
  sarif,
  html: page,
};

/** @param machines at least one; a format of one machine has the first */
export const exportText = (format: FormatName, profile: Profile, machines: readonly Microarchitecture[], here: Here): string =>
  WRITERS[format](profile, machines, here);
