"""Says what a gem5 is: `gem5.opt --outdir=OUT probe.py` prints `perfvec-gem5: {"version": ..., "fork": ..., "cores": [...]}`."""

import json

import m5
import m5.objects as objects
from _m5 import core

cores = [name for name, class_name in (("o3", "RiscvO3CPU"), ("minor", "RiscvMinorCPU"), ("atomic", "RiscvAtomicSimpleCPU")) if hasattr(objects, class_name)]
o3 = getattr(objects, "RiscvO3CPU", None) or getattr(objects, "BaseO3CPU", None)
# A parameter that only PerfVec's (and SimNet's) gem5 has.
fork = o3 is not None and "forwardComSize" in o3._params
print("perfvec-gem5: " + json.dumps({"version": core.gem5Version, "fork": fork, "cores": cores, "tracing": "ExecAll" in m5.debug.flags}), flush=True)
