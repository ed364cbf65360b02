/** training/dataset/wide.py without gem5: windows of a trace are where gem5's counts say they are. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const skip = spawnSync("python3", ["-c", "import numpy"]).status === 0 ? false : "no python3 with numpy";

test("windows of a trace lie where they belong, whatever gem5 counts of rows that fault", { skip }, () => {
  // 4096 rows, the first thousand of which fault once each and are executed then; the third window takes ten times as long.
  const checks = `import os, sys, tempfile; sys.path.insert(0, "training/dataset"); import wide, numpy as np
n = 4096
index = np.concatenate([np.repeat(np.arange(500), 2), 500 + np.arange(n - 1000)])
fault = np.zeros(n, bool); fault[0:1000:2] = True
static = int(index.max()) + 1
took = np.where((np.arange(n) >= 2048) & (np.arange(n) < 3072), 10.0, 1.0)
with tempfile.TemporaryDirectory() as folder:
    np.savez(f"{folder}/t.npz", index=index, fault=np.packbits(fault), static_pc=4 * np.arange(static), static_micro=np.zeros(static, int))
    for core, counted in (("minor", np.ones(n, bool)), ("o3", ~fault)):
        after = np.cumsum(took)[counted]
        windows = wide.windows_of(f"{folder}/t.npz", core, after[wide.EVERY - 1 :: wide.EVERY])
        known = windows[np.isfinite(windows)]
        assert len(known) >= 3 and np.allclose(known[2] , 10240, rtol=0.15), (core, windows)
        assert np.allclose(known[1], 1024, rtol=0.15), (core, windows)`;
  const done = spawnSync("python3", ["-c", checks], { encoding: "utf8", env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
  assert.equal(done.status, 0, done.stderr);
});
