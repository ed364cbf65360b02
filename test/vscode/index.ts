/** Entry in the extension host of a real VS Code: runs one suite with mocha and writes what came out. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";

export function run(): Promise<void> {
  const suite = process.env["PERFVEC_TEST_SUITE"]!;
  const mocha = new Mocha({ ui: "tdd", timeout: 120_000, reporter: class {} as never });
  mocha.addFile(path.join(__dirname, `${suite}.test.js`));
  const results: { title: string; ok: boolean; error?: string }[] = [];
  return new Promise((resolve) => {
    mocha
      .run(() => {
        writeFileSync(process.env["PERFVEC_TEST_REPORT"]!, JSON.stringify(results));
        resolve();
      })
      .on("pass", (test) => results.push({ title: test.title, ok: true }))
      .on("fail", (test, error: Error) => results.push({ title: test.title, ok: false, error: error.stack ?? String(error) }));
  });
}
