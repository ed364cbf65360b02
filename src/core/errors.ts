/**
 * An error the user can act on: the message names the file (or option) and the cause, and says what to do where that is known.
 * Everything else that is thrown is a defect of ours.
 */
export class UserError extends Error {
  override name = "UserError";
  /** @param code a stable word a script can rely on, e.g. "elf", "trace", "usage" */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
