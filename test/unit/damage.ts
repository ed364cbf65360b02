import assert from "node:assert/strict";
import { UserError } from "../../src/core/errors";
import type { Profile } from "../../src/core/profile/profile";
import { readReport } from "../../src/core/report/report";

/** Every byte of a report turned over, one at a time: it is refused, or is one that says nothing. */
export function refusesDamage(bytes: Uint8Array, profile: Profile): void {
  let refused = 0;
  for (let i = 0; i < bytes.length; i++) {
    const damaged = bytes.slice();
    damaged[i]! ^= 0xff;
    try {
      assert.deepEqual(readReport(damaged, "bad.perfvec"), profile, `byte ${i}: another profile is believed`);
    } catch (error) {
      assert.ok(error instanceof UserError, `byte ${i}: ${String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > bytes.length / 2);
}
