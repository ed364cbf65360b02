import type { Personality } from "./linux-abi";

/** The next `count` bytes of a process's randomness: AT_RANDOM takes the first 16, getrandom and /dev/urandom what follows. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * The Linux personality draws from SplitMix64 (Steele, Lea, Flood 2014) started at `seed`, eight bytes a step, little-endian.
 * gem5 draws one byte, the uppermost, from each output of a 64-bit Mersenne twister with the default seed (src/base/random.cc;
 * libstdc++'s uniform_int_distribution takes the upper bits), so there `seed` has no effect.
 */
export function createRandomBytes(personality: Personality, seed: number): RandomBytes {
  return personality === "gem5" ? mersenneBytes() : splitMixBytes(BigInt(seed));
}

function splitMixBytes(seed: bigint): RandomBytes {
  let state = seed;
  let spare: Uint8Array = new Uint8Array(0);
  function step(): bigint {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; ) {
      if (spare.length === 0) spare = new Uint8Array(BigUint64Array.of(step()).buffer);
      const take = Math.min(spare.length, count - i);
      bytes.set(spare.subarray(0, take), i);
      spare = spare.subarray(take);
      i += take;
    }
    return bytes;
  };
}

function mersenneBytes(): RandomBytes {
  const N = 312;
  const M = 156;
  const state = new BigUint64Array(N);
  state[0] = 5489n;
  for (let i = 1; i < N; i++) {
    const before = state[i - 1]!;
    state[i] = 6364136223846793005n * (before ^ (before >> 62n)) + BigInt(i);
  }
  let next = N;
  function twist(): void {
    for (let i = 0; i < N; i++) {
      const x = (state[i]! & 0xffffffff80000000n) | (state[(i + 1) % N]! & 0x7fffffffn);
      state[i] = state[(i + M) % N]! ^ (x >> 1n) ^ (x & 1n ? 0xb5026f5aa96619e9n : 0n);
    }
    next = 0;
  }
  function uppermost(): number {
    if (next === N) twist();
    let x = state[next++]!;
    x ^= (x >> 29n) & 0x5555555555555555n;
    x ^= (x << 17n) & 0x71d67fffeda60000n;
    x ^= (x << 37n) & 0xfff7eee000000000n;
    x ^= x >> 43n;
    return Number((x >> 56n) & 0xffn);
  }
  return (count) => Uint8Array.from({ length: count }, uppermost);
}
