/** What comes from a page. It runs apart from us: nothing that it says is taken on trust. */

/** Of each type of message, whether its other fields are what they must be. */
type Checks<Message extends { type: string }> = Record<Message["type"], (fields: Record<string, unknown>) => boolean>;

/** @returns tells messages of the protocol from everything else */
export const messageChecker =
  <Message extends { type: string }>(checks: Checks<Message>) =>
  (message: unknown): message is Message => {
    if (typeof message !== "object" || message === null) return false;
    const fields = message as Record<string, unknown>;
    const type = fields["type"];
    return typeof type === "string" && Object.hasOwn(checks, type) && checks[type as Message["type"]](fields);
  };

export const always = (): boolean => true;
export const hasText = (name: string) => (fields: Record<string, unknown>): boolean => typeof fields[name] === "string";
