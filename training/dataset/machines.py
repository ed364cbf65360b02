"""Draws machines at random, as PerfVec does (Li et al., arXiv 2310.16792, section 5): O3 and Minor cores, caches, predictors, memories."""

import argparse
import json
import random

MEMORIES = (
    "DDR3_1600_8x8 DDR3_2133_8x8 DDR4_2400_16x4 DDR4_2400_8x8 DDR4_2400_4x16 LPDDR2_S4_1066_1x32 WideIO_200_1x128 LPDDR3_1600_1x32 "
    "GDDR5_4000_2x32 HBM_1000_4H_1x128 HBM_1000_4H_1x64 LPDDR5_5500_1x16_BG_BL32 LPDDR5_5500_1x16_8B_BL32 LPDDR5_6400_1x16_BG_BL32 "
    "LPDDR5_6400_1x16_8B_BL32"
).split()
PREDICTORS = "local tournament bimode tage ltage tagescl8 tagescl64 perceptron8 perceptron64".split()
CLOCKS = [1, 1.5, 2, 2.5, 3, 4, 5]
UNITS = [1, 2, 4, 6, 8]


def cache(draw, sizes_kb, ways, latencies, mshrs, prefetchers):
    return {
        "size_kb": draw.choice(sizes_kb),
        "assoc": draw.choice(ways),
        "latency": draw.choice(latencies),
        "mshrs": draw.choice(mshrs),
        "tgts_per_mshr": draw.choice([4, 8, 12, 16, 20]),
        "write_buffers": draw.choice([4, 8, 16, 32]),
        "exclusive": False,
        "prefetcher": draw.choice(prefetchers),
    }


def o3(draw):
    front, back = draw.randint(1, 8), draw.randint(1, 8)
    window = draw.choice([32, 64, 96, 128, 160, 192])
    issue = min(8, back + draw.randint(0, 2))
    commit = min(8, back + draw.randint(0, 2))
    registers = lambda: max(48, min(window, draw.choice([32, 64, 96, 128, 160, 192])))
    apart = draw.random() < 0.5
    return {
        "fu": {
            "int_alu": draw.choice(UNITS), "int_muldiv": draw.randint(1, 4), "fp_alu": draw.choice(UNITS), "fp_muldiv": draw.randint(1, 4),
            "simd": draw.choice(UNITS), "pred": draw.randint(1, 4),
            "read": draw.choice(UNITS) if apart else 0, "write": draw.choice(UNITS) if apart else 0, "rdwr": 0 if apart else draw.choice(UNITS),
        },
        "params": {
            "numROBEntries": window, "numIQEntries": draw.choice([8, 16, 32, 48, 64]), "LQEntries": draw.choice([8, 16, 24, 32]),
            "SQEntries": draw.choice([8, 16, 24, 32]), "numPhysIntRegs": registers(), "numPhysFloatRegs": registers(),
            "fetchWidth": front, "decodeWidth": min(8, front + draw.randint(0, 1)), "renameWidth": min(8, front + draw.randint(0, 1)),
            "dispatchWidth": back, "issueWidth": issue, "wbWidth": issue, "commitWidth": commit, "squashWidth": commit + 4 * draw.randint(0, 3),
            "fetchQueueSize": draw.choice([16, 32]), "fetchToDecodeDelay": draw.randint(1, 3), "decodeToRenameDelay": draw.randint(1, 3),
            "renameToIEWDelay": draw.randint(1, 3), "issueToExecuteDelay": draw.randint(1, 2), "iewToCommitDelay": draw.randint(1, 2),
            "trapLatency": draw.choice([10, 15, 20, 25, 30]),
        },
    }


def minor(draw):
    width = draw.randint(1, 3)
    commits = min(width, draw.randint(1, 2))
    accesses = draw.randint(1, 4)
    return {
        "fu": {"int_alu": draw.randint(1, 3), "int_mul": draw.randint(1, 2), "fp": draw.randint(1, 3), "mem": draw.randint(1, 2)},
        "params": {
            "fetch1FetchLimit": draw.randint(1, 2), "fetch1ToFetch2BackwardDelay": draw.randint(1, 2), "fetch2InputBufferSize": width,
            "fetch2ToDecodeForwardDelay": draw.randint(1, 2), "decodeInputBufferSize": width, "decodeToExecuteForwardDelay": draw.randint(1, 3),
            "decodeInputWidth": width, "executeInputWidth": width, "executeIssueLimit": width, "executeMemoryIssueLimit": draw.randint(1, 2),
            "executeCommitLimit": width, "executeMemoryCommitLimit": commits, "executeInputBufferSize": draw.choice([5, 10]),
            "executeMaxAccessesInMemory": accesses, "executeLSQMaxStoreBufferStoresPerCycle": draw.randint(1, 2),
            "executeLSQRequestsQueueSize": commits, "executeLSQTransfersQueueSize": accesses, "executeLSQStoreBufferSize": draw.choice([4, 8, 12]),
            "executeBranchDelay": draw.randint(1, 2),
        },
    }


def machine(number, seed):
    """The number-th machine of a seed; it does not depend on how many are drawn."""
    draw = random.Random(f"{seed}/{number}")
    core = draw.choice(["o3", "o3", "minor"])
    return {
        "name": f"r{number:03d}",
        "core": core,
        "freq_ghz": draw.choice(CLOCKS),
        "bp": draw.choice(PREDICTORS),
        **(o3(draw) if core == "o3" else minor(draw)),
        "l1i": cache(draw, [8, 16, 32, 64], [2, 4, 8], [1, 2, 3, 4], [1, 2, 4, 8], ["none"]),
        "l1d": cache(draw, [8, 16, 32, 64], [2, 4, 8], [1, 2, 3, 4], [4, 8, 16, 32], ["none", "stride"]),
        "l2": {**cache(draw, [256, 512, 1024, 2048, 4096, 8192], [4, 8, 16, 32], list(range(8, 24)), [8, 16, 32, 64], ["none", "stride", "tagged", "bop"]), "exclusive": draw.random() < 0.5},
        "mem": {"type": draw.choice(MEMORIES), "channels": draw.choice([1, 2, 4])},
        "split": "train",
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, required=True, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump([machine(n, args.seed) for n in range(args.random)], file, indent=1)
        file.write("\n")
