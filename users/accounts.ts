/** The accounts: names, verifiers, quotas. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Verifier } from "../protocol/login/scram_keys.ts";
import { StatusError } from "../protocol/status.ts";
import { checkUserName } from "./user_name.ts";

/** One account. Bytes; times in ms since 1970; `quota: null` is no limit. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly quota: number | null;
  readonly used: number;
  readonly reserved: number;
  /** Changes with the password; it is the salt, and no secret. */
  readonly credential: string;
  readonly created: number;
  readonly lastLogin: number | null;
}

const COLUMNS = `id, name, quota, used, salt, created, last_login,
  (SELECT coalesce(sum(bytes), 0) FROM uploads WHERE user_id = users.id) AS reserved`;

/** The account store. Every call sees what another process changed a moment ago. */
export class Accounts {
  readonly #database: DatabaseSync;
  readonly #salt: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#salt = database.prepare("SELECT salt FROM users WHERE id = ?");
  }

  /** @throws {StatusError} 403 when the name is taken; {UsageError} when it is not allowed */
  checkFree(name: string): void {
    // `Alice` beside `alice` is told what is in the way, not that capitals are not allowed.
    if (this.find(name)) throw new StatusError(403, `User "${name.toLowerCase()}" exists already`);
    checkUserName(name);
  }

  /** Adds an account. Throws as `checkFree` does. */
  add(name: string, verifier: Verifier, quota: number | null): Account {
    this.checkFree(name);
    this.#database.prepare(
      "INSERT INTO users (name, salt, iterations, stored_key, server_key, quota, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ).run(name, verifier.salt, verifier.iterations, verifier.storedKey, verifier.serverKey, quota, Date.now());
    return this.get(name);
  }

  /** The account of a name, in any case. */
  find(name: string): Account | undefined {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM users WHERE name = ?`).get(name);
    return row && accountOf(row);
  }

  /** @throws {StatusError} 402 when there is none */
  get(name: string): Account {
    const account = this.find(name);
    if (!account) throw new StatusError(402, `There is no user "${name}"`);
    return account;
  }

  /** All accounts by name. */
  list(): Account[] {
    return this.#database.prepare(`SELECT ${COLUMNS} FROM users ORDER BY name`).all().map(accountOf);
  }

  /** What is needed to check a login. */
  verifierOf(id: number): Verifier | undefined {
    const row = this.#database.prepare("SELECT salt, iterations, stored_key, server_key FROM users WHERE id = ?").get(
      id,
    );
    return row && {
      salt: row.salt as Uint8Array,
      iterations: row.iterations as number,
      storedKey: row.stored_key as Uint8Array,
      serverKey: row.server_key as Uint8Array,
    };
  }

  /** The `credential` of an account now, `undefined` when the account is gone. */
  credentialOf(id: number): string | undefined {
    const row = this.#salt.get(id);
    return row && (row.salt as Uint8Array).toHex();
  }

  setVerifier(id: number, verifier: Verifier): void {
    this.#database.prepare("UPDATE users SET salt = ?, iterations = ?, stored_key = ?, server_key = ? WHERE id = ?")
      .run(verifier.salt, verifier.iterations, verifier.storedKey, verifier.serverKey, id);
  }

  setQuota(id: number, quota: number | null): void {
    this.#database.prepare("UPDATE users SET quota = ? WHERE id = ?").run(quota, id);
  }

  noteLogin(id: number): void {
    this.#database.prepare("UPDATE users SET last_login = ? WHERE id = ?").run(Date.now(), id);
  }

  remove(id: number): void {
    this.#database.prepare("DELETE FROM users WHERE id = ?").run(id);
  }
}

function accountOf(row: Record<string, SQLOutputValue>): Account {
  return {
    id: row.id as number,
    name: row.name as string,
    quota: row.quota as number | null,
    used: row.used as number,
    reserved: row.reserved as number,
    credential: (row.salt as Uint8Array).toHex(),
    created: row.created as number,
    lastLogin: row.last_login as number | null,
  };
}
