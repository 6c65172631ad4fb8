/** Who gets a connection at all: limits by source, room for newcomers, and penalties for bad behaviour. */
import { counted } from "../../console/size.ts";
import { StatusError } from "../../protocol/status.ts";
import { sourceOf } from "./source.ts";
import { Startups } from "./startups.ts";

/** What an offence costs, in ms during which it counts (the values of OpenSSH's `PerSourcePenalties`). */
export const PENALTY_MS = {
  "bad proof": 5_000,
  "no login": 1_000,
  "deadline": 10_000,
  "malformed frame": 90_000,
} as const;

/** A kind of offence. */
export type Offence = keyof typeof PENALTY_MS;

const REFUSE_FROM_MS = 15_000;
const PENALTY_MOST_MS = 600_000;
const TABLE_LIMIT = 16_384;

/** The limits that `serve` takes. `startups`: of one source from `begin` on `percent` are dropped; of all, `full` at most. */
export interface AdmissionLimits {
  readonly maxSessions: number;
  readonly maxSessionsPerIp: number;
  readonly startups: readonly [begin: number, percent: number, full: number];
}

/** One admitted connection. */
export interface Ticket {
  readonly source: string;
  /** It has said something. */
  spoke(): void;
  /** It has logged in: it no longer counts as a startup. */
  loggedIn(): void;
  /** It did something that costs. */
  penalise(offence: Offence): void;
  /** What ends it when it has to make room for others; its place is theirs already. */
  onGivenUp(end: () => void): void;
  /** It is over. */
  release(): void;
}

/** Why a connection is not admitted: the words for the log, and the reply for its owner. */
export interface Refusal {
  readonly reason: string;
  readonly reply: StatusError;
}

/** Counts connections and remembers offences. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #perSource = new Map<string, number>();
  /** When each source's penalties will have run out, and whether failed logins are among them. */
  readonly #penalties = new Map<string, { until: number; isGuessing: boolean }>();
  readonly #startups = new Startups();
  #total = 0;

  /**
   * @param limits how many
   * @param clock `now` in ms, never jumping back; `random` from 0 to 1
   */
  constructor(limits: AdmissionLimits, clock: { now: () => number; random: () => number }) {
    this.#limits = limits;
    this.#now = clock.now;
    this.#random = clock.random;
  }

  /** Admits a connection, for which another one without login may have to make room, or says why not. */
  admit(address: string): Ticket | { readonly refused: Refusal } {
    const source = sourceOf(address);
    const refused = this.#refusal(source);
    if (refused) return { refused };
    this.#total++;
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
    return this.#ticket(source);
  }

  #refusal(source: string): Refusal | undefined {
    const { maxSessions, maxSessionsPerIp, startups: [begin, percent, full] } = this.#limits;
    const penalty = this.#penaltyOf(source);
    if (penalty) return penalty;
    if ((this.#perSource.get(source) ?? 0) >= maxSessionsPerIp) {
      return refusal("too many sessions from this source", openAt("This address", maxSessionsPerIp));
    }
    const own = this.#startups.countOf(source);
    if (own >= begin) {
      const share = percent / 100 + (1 - percent / 100) * (own - begin) / Math.max(1, full - begin);
      if (this.#random() < share) return refusal("early drop of connections without login", BUSY);
    }
    const isFull = this.#total >= maxSessions;
    if (!isFull && this.#startups.size < full) return undefined;
    if (this.#startups.makeRoomFor(source)) return undefined;
    return isFull
      ? refusal("too many sessions", openAt("The server", maxSessions))
      : refusal("too many connections without login", BUSY);
  }

  #penaltyOf(source: string): Refusal | undefined {
    const { until = 0, isGuessing = false } = this.#penalties.get(source) ?? {};
    const ms = until - this.#now() - REFUSE_FROM_MS;
    if (ms < 0) return undefined;
    const what = isGuessing ? "failed logins" : "connections that went wrong";
    // Just when the time is over it still counts.
    const seconds = Math.floor(ms / 1000) + 1;
    const reply = new StatusError(429, `Too many ${what} from this address; try again in ${seconds} seconds`);
    return { reason: "penalty", reply };
  }

  #ticket(source: string): Ticket {
    let isOpen = true;
    let end = () => {};
    const release = () => {
      if (!isOpen) return;
      isOpen = false;
      startup.remove();
      this.#total--;
      const left = (this.#perSource.get(source) ?? 1) - 1;
      if (left > 0) this.#perSource.set(source, left);
      else this.#perSource.delete(source);
    };
    const startup = this.#startups.add(source, () => {
      release();
      end();
    });
    return {
      source,
      spoke: startup.spoke,
      loggedIn: startup.remove,
      penalise: (offence) => this.#penalise(source, offence),
      onGivenUp: (callback) => void (end = callback),
      release,
    };
  }

  #penalise(source: string, offence: Offence): void {
    const now = this.#now();
    if (this.#penalties.size >= TABLE_LIMIT) this.#forgetExpired(now);
    const before = this.#penalties.get(source);
    const isCurrent = before !== undefined && before.until > now;
    const until = (isCurrent ? before.until : now) + PENALTY_MS[offence];
    const isGuessing = offence === "bad proof" || (isCurrent && before.isGuessing);
    this.#penalties.set(source, { until: Math.min(until, now + PENALTY_MOST_MS), isGuessing });
  }

  #forgetExpired(now: number): void {
    for (const [source, { until }] of this.#penalties) if (until <= now) this.#penalties.delete(source);
    // All of them current: the oldest entry makes room.
    if (this.#penalties.size >= TABLE_LIMIT) this.#penalties.delete(this.#penalties.keys().next().value!);
  }
}

const BUSY = "Too many connections without login are open";

function openAt(who: string, sessions: number): string {
  return `${who} has ${counted(sessions, "session")} open, as many as it may`;
}

function refusal(reason: string, sentence: string): Refusal {
  return { reason, reply: new StatusError(503, `${sentence}; try again later`) };
}
