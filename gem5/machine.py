"""
Runs one program on one machine of PerfVec Lens's library, in gem5's system-call emulation (RISC-V, O3 or Minor).

    gem5.opt --outdir=OUT machine.py --machine MACHINE.json [--limit N] [--every N] [--stdin FILE] PROGRAM [ARGUMENTS...]

The machine is an object as models/machines.json and the data set have it: core, freq_ghz, bp, fu, params, l1i, l1d, l2, mem
(docs/gem5.md says how each becomes part of the system). Works with gem5 23.0 to 25.0, stock or PerfVec's fork.

Standard output of the program goes to /dev/null, its environment is empty, its name is its base name and its directory "/":
so the instructions executed are those of `perfvec --like gem5 --exe PATH`. The last line printed is

    perfvec-gem5: {"instructions": N, "ticks": T, "cause": "...", "code": C}

with ticks in picoseconds; with --every N also "every": the tick at which each N-th
instruction was executed, as gem5 counts them: MinorCPU counts one that faults, O3CPU does not. Ends with status 2 when the machine or the program cannot be used.
"""

import argparse
import json
import os
import sys

import m5
import m5.objects as objects

# Ticks (picoseconds) between two lines of progress.
SLICE = 10**9
EVERY = "so many instructions more were executed"

BRANCH_PREDICTORS = {
    "local": "LocalBP",
    "tournament": "TournamentBP",
    "bimode": "BiModeBP",
    "tage": "TAGE",
    "ltage": "LTAGE",
    "tagescl8": "TAGE_SC_L_8KB",
    "tagescl64": "TAGE_SC_L_64KB",
    "perceptron8": "MultiperspectivePerceptron8KB",
    "perceptron64": "MultiperspectivePerceptron64KB",
}
PREFETCHERS = {"stride": "StridePrefetcher", "tagged": "TaggedPrefetcher", "bop": "BOPPrefetcher"}
# Units of the O3 core, by the order in which gem5 looks for a free one.
O3_UNITS = {
    "int_alu": "IntALU",
    "int_muldiv": "IntMultDiv",
    "fp_alu": "FP_ALU",
    "fp_muldiv": "FP_MultDiv",
    "read": "ReadPort",
    "simd": "SIMD_Unit",
    "pred": "PredALU",
    "write": "WritePort",
    "rdwr": "RdWrPort",
}
# Units of the Minor core that a machine counts; the others are there once.
MINOR_UNITS = {"int_alu": "MinorDefaultIntFU", "int_mul": "MinorDefaultIntMulFU", "fp": "MinorDefaultFloatSimdFU", "mem": "MinorDefaultMemFU"}


class Unusable(Exception):
    """Something of the machine or the program that gem5 cannot be given; the message is for the user."""


def gem5_class(name, what):
    """A SimObject class by its name. Its absence is told: it may be of another version."""
    found = getattr(objects, name, None)
    if found is None:
        raise Unusable(f"{what}: this gem5 has no {name}")
    return found


def field(machine, name, kind):
    value = machine.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unusable(f"the machine's {name} is missing, or of the wrong type")
    return value


def named(table, name, what):
    if name not in table:
        raise Unusable(f"{what} {name!r} is not one of {', '.join(table)}")
    return table[name]


def has_parameter(simobject, name):
    return name in simobject._params


def prefetcher_of(level):
    kind = level.get("prefetcher", "none")
    return None if kind == "none" else gem5_class(named(PREFETCHERS, kind, "prefetcher"), "prefetcher")()


def cache_of(machine, name, **more):
    """A cache; its latency is that of tags and data alike."""
    level = field(machine, name, dict)
    try:
        size, assoc, latency = int(level["size_kb"]), int(level["assoc"]), int(level["latency"])
        mshrs, targets = int(level["mshrs"]), int(level["tgts_per_mshr"])
        write_buffers = int(level.get("write_buffers", 8))
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable(f"cache {name}: {error} is missing, or no number") from None
    if min(size, assoc, latency, mshrs, targets, write_buffers) < 1:
        raise Unusable(f"cache {name}: its numbers must be positive")
    lines = size * 1024 // 64
    if lines % assoc or (lines // assoc) & (lines // assoc - 1):
        raise Unusable(f"cache {name}: {size} kB in {assoc} ways is no power of two of sets")
    cache = objects.Cache(
        size=f"{size}kB",
        assoc=assoc,
        tag_latency=latency,
        data_latency=latency,
        response_latency=latency // 2 + 1,
        mshrs=mshrs,
        tgts_per_mshr=targets,
        write_buffers=write_buffers,
        clusivity="mostly_excl" if level.get("exclusive") else "mostly_incl",
        **more,
    )
    prefetcher = prefetcher_of(level)
    if prefetcher is not None:
        cache.prefetcher = prefetcher
    return cache


def predictor_of(machine):
    predictor = gem5_class(named(BRANCH_PREDICTORS, field(machine, "bp", str), "branch predictor"), "branch predictor")()
    # From gem5 25.0 on a predictor of directions is a part of the whole.
    conditional = getattr(objects, "ConditionalPredictor", None)
    if conditional is not None and isinstance(predictor, conditional):
        return objects.BranchPredictor(conditionalBranchPred=predictor)
    return predictor


def set_parameters(cpu, machine, moved=()):
    for name, value in field(machine, "params", dict).items():
        if name in moved:
            continue
        if not has_parameter(cpu, name):
            raise Unusable(f"params: this gem5's {type(cpu).__name__} has no {name}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Unusable(f"params: {name} must be a whole number")
        setattr(cpu, name, value)


def counts(machine, table):
    units = field(machine, "fu", dict)
    for name, count in units.items():
        named(table, name, "functional unit")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise Unusable(f"fu: the number of {name} must be a whole number")
    return [(name, units.get(name, 0)) for name in table]


def o3_core(machine):
    cpu = gem5_class("RiscvO3CPU", "core o3")()
    pool = objects.FUPool(FUList=[gem5_class(O3_UNITS[name], "fu")(count=count) for name, count in counts(machine, O3_UNITS)] + [gem5_class("IprPort", "fu")()])
    queue = getattr(objects, "IQUnit", None)
    if queue is not None and has_parameter(cpu, "instQueues"):
        # From gem5 25.0 on the issue queue is an object of its own.
        set_parameters(cpu, machine, moved=("numIQEntries",))
        cpu.instQueues = [queue(numEntries=field(machine["params"], "numIQEntries", int), fuPool=pool)]
    else:
        set_parameters(cpu, machine)
        cpu.fuPool = pool
    return cpu


def minor_core(machine):
    cpu = gem5_class("RiscvMinorCPU", "core minor")()
    set_parameters(cpu, machine)
    units = []
    for name, count in counts(machine, MINOR_UNITS):
        units += [gem5_class(MINOR_UNITS[name], "fu")() for _ in range(count)]
        if name == "int_mul":
            units.append(gem5_class("MinorDefaultIntDivFU", "fu")())
        if name == "fp":
            units.append(gem5_class("MinorDefaultPredFU", "fu")())
    units.append(gem5_class("MinorDefaultMiscFU", "fu")())
    cpu.executeFuncUnits = objects.MinorFUPool(funcUnits=units)
    return cpu


CORES = {"o3": o3_core, "minor": minor_core}


def memories_of(machine, system):
    """A controller for each channel. Channels share the memory, interleaved as gem5's own configs/common/MemConfig.py does by default."""
    mem = field(machine, "mem", dict)
    kind = gem5_class(field(mem, "type", str), "memory")
    channels = field(mem, "channels", int)
    if channels < 1 or channels & (channels - 1):
        raise Unusable("mem: the number of channels must be a power of two")
    bits = channels.bit_length() - 1
    whole = system.mem_ranges[0]
    for channel in range(channels):
        interface = kind()
        granule = 128
        if getattr(interface, "addr_mapping", None) is not None and interface.addr_mapping.value == "RoRaBaChCo":
            granule = int(interface.device_rowbuffer_size.value * interface.devices_per_rank.value)
        low = granule.bit_length() - 1
        interface.range = objects.AddrRange(whole.start, size=whole.size(), intlvHighBit=low + bits - 1, xorHighBit=0, intlvBits=bits, intlvMatch=channel)
        yield interface.controller()


def build(machine, args):
    core = named(CORES, field(machine, "core", str), "core")
    frequency = machine.get("freq_ghz")
    if not isinstance(frequency, (int, float)) or not 0 < frequency <= 100:
        raise Unusable("the machine's freq_ghz must be a positive number")
    system = objects.System(cache_line_size=64, mem_mode="timing")
    system.voltage_domain = objects.VoltageDomain(voltage="3.3V")
    system.clk_domain = objects.SrcClockDomain(clock=f"{frequency}GHz", voltage_domain=system.voltage_domain)
    system.cpu_voltage_domain = objects.VoltageDomain(voltage="1.2V")
    system.cpu_clk_domain = objects.SrcClockDomain(clock=f"{frequency}GHz", voltage_domain=system.cpu_voltage_domain)
    system.mem_ranges = [objects.AddrRange(start=0, size="2GB")]
    system.membus = objects.SystemXBar()
    system.system_port = system.membus.cpu_side_ports

    system.cpu = core(machine)
    system.cpu.clk_domain = system.cpu_clk_domain
    system.cpu.cpu_id = 0
    system.cpu.branchPred = predictor_of(machine)
    if args.limit:
        system.cpu.max_insts_any_thread = args.limit
    system.cpu.createThreads()
    system.cpu.createInterruptController()
    system.cpu.addPrivateSplitL1Caches(
        cache_of(machine, "l1i", is_read_only=True, writeback_clean=True), cache_of(machine, "l1d", writeback_clean=False)
    )
    system.l2bus = objects.L2XBar(width=64, clk_domain=system.cpu_clk_domain)
    system.cpu.connectCachedPorts(system.l2bus.cpu_side_ports)
    system.l2 = cache_of(machine, "l2")
    system.l2.clk_domain = system.cpu_clk_domain
    system.l2bus.mem_side_ports = system.l2.cpu_side
    system.l2.mem_side = system.membus.cpu_side_ports
    system.mem_ctrls = list(memories_of(machine, system))
    for controller in system.mem_ctrls:
        controller.port = system.membus.mem_side_ports

    executable = os.path.abspath(args.program)
    system.workload = objects.SEWorkload.init_compatible(executable)
    process = objects.Process(pid=100, cwd="/", cmd=[os.path.basename(args.program), *args.arguments], executable=executable, env=[])
    process.input = args.stdin or "/dev/null"
    process.output = "/dev/null"
    process.errout = "/dev/null"
    system.cpu.workload = process
    return system


def read_machine(file):
    try:
        with open(file, encoding="utf-8") as text:
            machine = json.load(text)
    except (OSError, ValueError) as error:
        raise Unusable(f"{file}: {error}") from None
    if not isinstance(machine, dict):
        raise Unusable(f"{file}: holds no machine")
    return machine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", required=True, help="JSON file of one machine")
    parser.add_argument("--limit", type=int, default=0, help="instructions after which the run ends; 0 for none")
    parser.add_argument("--every", type=int, default=0, help="so many instructions apart the time is told")
    parser.add_argument("--stdin", help="file given as standard input")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    try:
        if args.every < 0:
            raise Unusable("--every must not be negative")
        if not os.path.isfile(args.program):
            raise Unusable(f"{args.program}: no such program")
        root = objects.Root(full_system=False, system=build(read_machine(args.machine), args))
    except Unusable as error:
        print(f"perfvec-gem5: {error}", file=sys.stderr)
        sys.exit(2)
    m5.instantiate()
    cpu = root.system.cpu
    every = []
    if args.every:
        cpu.scheduleInstStop(0, args.every, EVERY)
    while True:
        event = m5.simulate(SLICE)
        if event.getCause() == EVERY:
            while cpu.totalInsts() >= args.every * (len(every) + 1):  # several may be executed at once
                every.append(m5.curTick())
            cpu.scheduleInstStop(0, args.every * (len(every) + 1) - cpu.totalInsts(), EVERY)
        elif event.getCause() == "simulate() limit reached":
            print(f"perfvec-gem5: progress {cpu.totalInsts()} {m5.curTick()}", flush=True)
        else:
            break
    end = {"instructions": cpu.totalInsts(), "ticks": m5.curTick(), "cause": event.getCause(), "code": event.getCode()}
    if args.every:
        end["every"] = every
    print(f"perfvec-gem5: {json.dumps(end)}", flush=True)


main()
