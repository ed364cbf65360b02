import { type Lines, parseLine, type Tokens } from "./gem5-lines";
import { SHORT, T } from "./gem5-rows";

/** Store-queue lines passed over at most in search of a store's own. */
const FARTHEST = 64;

/**
 * What became of a store. found: its whole line is in the tokens; lost: its line is not there (see `reason`);
 * undrained: the store-queue file has ended; block: the next block of that file is needed to tell.
 */
export type Joined = "found" | "lost" | "undrained" | "block";

export interface Join {
  /** Replaces the tokens of a short line by those of its store-queue line. */
  find(tokens: Tokens): Joined;
  /** why a store was lost */
  reason: string;
}

/**
 * The k-th short line belongs to the k-th store-queue line. Where a pair disagrees both are given up; where the next
 * one does too, a line is taken to be missing from one file, and the two are brought together again by fetch time and
 * store-queue index, which both count up.
 */
export function createJoin(stores: Lines, passedOver: (reason: string) => void): Join {
  const short = new Float64Array(SHORT);
  let disagreed = false;

  /** Negative: the store-queue line is of an earlier store; positive: of a later one; NaN: of neither. */
  function order({ value }: Tokens): number {
    let same = value[T.FETCH] === short[T.FETCH] && (value[T.SQ] === short[T.SQ] || short[T.SQ] === 0);
    // Complete and commit differ for atomics and store-conditionals, whose line is printed before they commit.
    for (let i: number = T.DECODE; i <= T.ISSUE; i++) same &&= value[i] === short[i];
    return same ? 0 : value[T.FETCH]! - short[T.FETCH]! || value[T.SQ]! - short[T.SQ]! || NaN;
  }

  function consume(tokens: Tokens): void {
    stores.at = tokens.next;
    stores.line++;
  }

  return {
    reason: "",
    find(tokens) {
      for (let i = 0; i < SHORT; i++) short[i] = tokens.value[i]!;
      for (let passed = 0; stores.at < stores.end; ) {
        const count = parseLine(tokens, stores.bytes, stores.at);
        if (count <= SHORT) {
          if (count !== 0) {
            this.reason = `line ${stores.line} of ${stores.name}: ${count < 0 ? tokens.reason : `it has only ${count} numbers`}`;
            disagreed = true;
          }
          consume(tokens);
          continue;
        }
        const later = order(tokens);
        if (later === 0) {
          disagreed = false;
          consume(tokens);
          return "found";
        }
        if (disagreed && later > 0) return "lost";
        if (disagreed && later < 0 && passed++ < FARTHEST) {
          passedOver("no store of the trace has its times");
          consume(tokens);
          continue;
        }
        this.reason = `line ${stores.line} of ${stores.name} should be its other half, but has other times`;
        disagreed = true;
        consume(tokens);
        return "lost";
      }
      return stores.ended ? "undrained" : "block";
    },
  };
}
