/** The Model Context Protocol over lines of JSON-RPC 2.0 (modelcontextprotocol.io, "Base Protocol"): requests, cancelling, progress. Knows nothing of predictions. */
import { UserError } from "../core/errors";

/** The newest first; all of them mean the same for a server that only has tools. 2025-03-26 is not among them: it wants batches. */
const VERSIONS = ["2025-11-25", "2025-06-18", "2024-11-05"];
/** Bytes of a message. */
const LONGEST = 1 << 20;
/** Calls under way at once. */
const CALLS = 16;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: object;
  annotations: { readOnlyHint?: boolean; destructiveHint?: boolean; openWorldHint?: boolean };
  /** @param say tells how far it is: a number that grows, and words @throws UserError that is told to the client */
  call(input: unknown, signal: AbortSignal, say: (progress: number, message: string) => void): Promise<object>;
}

export interface ServerInfo {
  name: string;
  title: string;
  version: string;
  instructions: string;
}

type Id = string | number;
type Json = Record<string, unknown>;

class ProtocolError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is Id => typeof value === "string" || Number.isSafeInteger(value);

/** @param send takes a message, in one line without its end @param defect takes errors of ours */
export class Server {
  readonly #calls = new Map<Id, AbortController>();
  #initialized = false;

  constructor(
    private readonly info: ServerInfo,
    private readonly tools: readonly Tool[],
    private readonly send: (line: string) => void,
    private readonly defect: (error: unknown) => void,
  ) {}

  /** A line of input; undefined for one that was too long to keep. */
  receive(line: string | undefined): void {
    if (line === undefined) return this.#fail(null, new ProtocolError(INVALID_REQUEST, `a message has at most ${LONGEST} bytes`));
    if (line.trim() === "") return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#fail(null, new ProtocolError(PARSE_ERROR, "not a line of JSON"));
    }
    if (!isObject(message) || message["jsonrpc"] !== "2.0") return this.#fail(null, new ProtocolError(INVALID_REQUEST, "not a message of JSON-RPC 2.0 (batches are not taken)"));
    const { id, method, params } = message;
    if (method === undefined && ("result" in message || "error" in message)) return; // an answer: nothing was asked
    if (typeof method !== "string") return this.#fail(isId(id) ? id : null, new ProtocolError(INVALID_REQUEST, "method must be text"));
    if (!("id" in message)) return this.#notified(method, params);
    if (!isId(id)) return this.#fail(null, new ProtocolError(INVALID_REQUEST, "id must be text or a whole number"));
    void this.#answer(id, method, params);
  }

  /** Ends all calls: the client is gone. */
  close(): void {
    for (const call of this.#calls.values()) call.abort(new UserError("cancelled", "the client is gone"));
  }

  #notified(method: string, params: unknown): void {
    if (method !== "notifications/cancelled" || !isObject(params) || !isId(params["requestId"])) return;
    this.#calls.get(params["requestId"])?.abort(new UserError("cancelled", "cancelled"));
  }

  async #answer(id: Id, method: string, params: unknown): Promise<void> {
    try {
      if (params !== undefined && !isObject(params)) throw new ProtocolError(INVALID_PARAMS, "params must be an object");
      const result = method === "tools/call" ? await this.#call(id, params ?? {}) : this.#simple(method, params ?? {});
      if (result) this.#write({ jsonrpc: "2.0", id, result });
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.defect(error);
      this.#fail(id, error instanceof ProtocolError ? error : new ProtocolError(INTERNAL_ERROR, "something went wrong inside perfvec; its standard error says what"));
    }
  }

  #simple(method: string, params: Json): object {
    switch (method) {
      case "ping":
        return {};
      case "initialize": {
        const asked = params["protocolVersion"];
        if (typeof asked !== "string") throw new ProtocolError(INVALID_PARAMS, "protocolVersion must be text");
        if (this.#initialized) throw new ProtocolError(INVALID_REQUEST, "initialized already");
        this.#initialized = true;
        const { instructions, ...serverInfo } = this.info;
        return { protocolVersion: VERSIONS.includes(asked) ? asked : VERSIONS[0]!, capabilities: { tools: {} }, serverInfo, instructions };
      }
      case "tools/list":
        this.#needInitialized();
        if (params["cursor"] !== undefined) throw new ProtocolError(INVALID_PARAMS, "there is one page of tools, without a cursor");
        return { tools: this.tools.map(({ call: _, ...described }) => described) };
      default:
        throw new ProtocolError(METHOD_NOT_FOUND, `there is no method "${method.slice(0, 100)}"`);
    }
  }

  #needInitialized(): void {
    if (!this.#initialized) throw new ProtocolError(INVALID_REQUEST, "initialize comes first");
  }

  /** @returns undefined when it was cancelled: nothing is answered then */
  async #call(id: Id, params: Json): Promise<object | undefined> {
    this.#needInitialized();
    const tool = this.tools.find(({ name }) => name === params["name"]);
    if (!tool) throw new ProtocolError(INVALID_PARAMS, `there is no tool ${JSON.stringify(params["name"] ?? null).slice(0, 100)}`);
    if (this.#calls.has(id)) throw new ProtocolError(INVALID_REQUEST, "a request with this id is under way");
    if (this.#calls.size >= CALLS) throw new ProtocolError(INVALID_REQUEST, `${CALLS} calls are under way; wait for one to end`);
    const cancel = new AbortController();
    this.#calls.set(id, cancel);
    try {
      const answer = await tool.call(params["arguments"] ?? {}, cancel.signal, this.#progress(params["_meta"], cancel.signal));
      return cancel.signal.aborted ? undefined : toolResult(JSON.stringify(answer), false);
    } catch (error) {
      if (cancel.signal.aborted) return undefined;
      if (error instanceof UserError) return toolResult(error.message, true);
      throw error;
    } finally {
      this.#calls.delete(id);
    }
  }

  #progress(meta: unknown, signal: AbortSignal): (progress: number, message: string) => void {
    const token = isObject(meta) ? meta["progressToken"] : undefined;
    if (!isId(token)) return () => undefined;
    let last = -1;
    return (progress, message) => {
      if (progress <= last || signal.aborted) return; // it must grow
      last = progress;
      this.#write({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: token, progress, message } });
    };
  }

  #fail(id: Id | null, { code, message }: ProtocolError): void {
    this.#write({ jsonrpc: "2.0", id, error: { code, message } });
  }

  #write(message: object): void {
    this.send(JSON.stringify(message));
  }
}

const toolResult = (text: string, isError: boolean): object => ({ content: [{ type: "text", text }], isError });

/** Splits what arrives into lines. A line that is longer than a message may be is not kept: undefined is given in its place. */
export function lineSplitter(take: (line: string | undefined) => void): (piece: Buffer) => void {
  let kept: Buffer[] = [];
  let size = 0;
  return (piece) => {
    for (let start = 0; start < piece.length; ) {
      const end = piece.indexOf(10, start);
      const part = piece.subarray(start, end < 0 ? piece.length : end);
      size += part.length;
      if (size <= LONGEST) kept.push(part);
      else kept = [];
      if (end < 0) return;
      take(size <= LONGEST ? Buffer.concat(kept).toString("utf8") : undefined);
      [kept, size, start] = [[], 0, end + 1];
    }
  };
}
