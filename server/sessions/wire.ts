/** What a door gives to a session: the one thing that differs from door to door. */
import type { StatusError } from "../../protocol/status.ts";
import type { Offence } from "./admission.ts";

/** The door's side of a session: a connection and what runs on it. */
export interface Wire {
  /** Whether a request is being answered, or waits. */
  readonly isBusy: boolean;
  /** Bytes of content that the running request has received so far. */
  readonly received: number;
  /** Bytes that the peer has taken so far. */
  readonly sent: number;
  /** Whether the peer has said anything at all. */
  readonly hasSpoken: boolean;
  /** Called about once a second: where a peer waits for long, it is shown that work goes on. */
  showLife(): void;
  /** What a failure that ends the session counts against its source. */
  offencesOf(error: unknown): readonly Offence[];
  /** Sends the peer the reason why the session ends; may fail. */
  sendFailure(failure: StatusError): Promise<void>;
  /** Waits until the peer has taken what was sent last; may fail. */
  finish(): Promise<void>;
  /** Stops what runs and closes the connection. Called once. */
  end(): void;
}
