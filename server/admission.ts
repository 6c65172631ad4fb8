/** Who gets a connection at all: limits by source, early drop, and penalties for bad behaviour. */
import { sourceOf } from "./source.ts";

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

/** The limits that `serve` takes. `startups` is OpenSSH's `MaxStartups`: begin, percent, full. */
export interface AdmissionLimits {
  readonly maxSessions: number;
  readonly maxSessionsPerIp: number;
  readonly startups: readonly [begin: number, percent: number, full: number];
}

/** One admitted connection. */
export interface Ticket {
  readonly source: string;
  /** It has logged in: it no longer counts as a startup. */
  loggedIn(): void;
  /** It did something that costs. */
  penalise(offence: Offence): void;
  /** It is over. */
  release(): void;
}

/** Counts connections and remembers offences. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #perSource = new Map<string, number>();
  /** When each source's penalties will have run out. */
  readonly #penalties = new Map<string, number>();
  #total = 0;
  #startups = 0;

  /**
   * @param limits how many
   * @param clock `now` in ms, never jumping back; `random` from 0 to 1
   */
  constructor(limits: AdmissionLimits, clock: { now: () => number; random: () => number }) {
    this.#limits = limits;
    this.#now = clock.now;
    this.#random = clock.random;
  }

  /** Admits a connection, or says why not. */
  admit(address: string): Ticket | { readonly refused: string } {
    const source = sourceOf(address);
    const refused = this.#refusal(source);
    if (refused) return { refused };
    this.#total++;
    this.#startups++;
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
    return this.#ticket(source);
  }

  #refusal(source: string): string | undefined {
    const { maxSessions, maxSessionsPerIp, startups: [begin, percent, full] } = this.#limits;
    if ((this.#penalties.get(source) ?? 0) - this.#now() >= REFUSE_FROM_MS) return "penalty";
    if (this.#total >= maxSessions) return "too many sessions";
    if ((this.#perSource.get(source) ?? 0) >= maxSessionsPerIp) return "too many sessions from this source";
    if (this.#startups < begin) return undefined;
    if (this.#startups >= full) return "too many connections without login";
    const share = percent / 100 + (1 - percent / 100) * (this.#startups - begin) / Math.max(1, full - begin);
    return this.#random() < share ? "early drop of connections without login" : undefined;
  }

  #ticket(source: string): Ticket {
    let isStartup = true;
    let isOpen = true;
    const loggedIn = () => {
      if (isStartup) this.#startups--;
      isStartup = false;
    };
    return {
      source,
      loggedIn,
      penalise: (offence) => this.#penalise(source, PENALTY_MS[offence]),
      release: () => {
        if (!isOpen) return;
        isOpen = false;
        loggedIn();
        this.#total--;
        const left = (this.#perSource.get(source) ?? 1) - 1;
        if (left > 0) this.#perSource.set(source, left);
        else this.#perSource.delete(source);
      },
    };
  }

  #penalise(source: string, ms: number): void {
    const now = this.#now();
    if (this.#penalties.size >= TABLE_LIMIT) this.#forgetExpired(now);
    const until = Math.max(now, this.#penalties.get(source) ?? 0) + ms;
    this.#penalties.set(source, Math.min(until, now + PENALTY_MOST_MS));
  }

  #forgetExpired(now: number): void {
    for (const [source, until] of this.#penalties) if (until <= now) this.#penalties.delete(source);
    // All of them current: the oldest entry makes room.
    if (this.#penalties.size >= TABLE_LIMIT) this.#penalties.delete(this.#penalties.keys().next().value!);
  }
}
