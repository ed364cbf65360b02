import type { Progress } from "../engine/job";
import { short } from "../core/format";

export interface ProgressLine {
  say(text: string): void;
  show(progress: Progress): void;
  clear(): void;
}

/** One line on standard error, rewritten in place; nothing when that is no terminal. */
export function createProgressLine(): ProgressLine {
  const terminal = process.stderr.isTTY;
  let shown = false;
  const say = (text: string): void => {
    if (!terminal) return;
    process.stderr.write(`\r\x1b[K${text}`);
    shown = true;
  };
  return {
    say,
    show({ stage, skipped, counted }) {
      if (stage === "starting") say("starting");
      else if (stage === "running") say(`running: ${short(skipped)} instructions passed over`);
      else say(`predicting: ${short(counted)} executed instructions`);
    },
    clear() {
      if (shown) process.stderr.write("\r\x1b[K");
      shown = false;
    },
  };
}
