/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): the messages of both sides, without any connection. */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { SCRAM_ITERATIONS_LEAST, SCRAM_ITERATIONS_MOST, SCRAM_NONCE_LEAST_CHARACTERS } from "../limits.ts";
import { hmac, newNonce, sha256, type Verifier } from "./scram_keys.ts";
import { StatusError } from "../status.ts";

/** The two mechanisms; PLUS binds the login to the server's certificate. */
export type Mechanism = "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS";

const PLUS_FLAG = "p=tls-server-end-point";
const encoder = new TextEncoder();

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]!);
}

function refuse(what: string): never {
  throw new StatusError(400, `Login message not valid: ${what}`);
}

/** The attributes of a message: `r=…,s=…,i=…`. A value may hold `=`. */
function attributesOf(message: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const part of message.split(",")) {
    if (part[1] !== "=" || attributes.has(part[0]!)) refuse("malformed");
    attributes.set(part[0]!, part.slice(2));
  }
  return attributes;
}

function decodeBase64(value: string | undefined): Uint8Array {
  try {
    return Uint8Array.fromBase64(value ?? "", { lastChunkHandling: "strict" });
  } catch {
    return refuse("not base64");
  }
}

function channelData(header: string, binding: Uint8Array | undefined): string {
  return new Uint8Array([...encoder.encode(header), ...(binding ?? [])]).toBase64();
}

/** The client's side of one login. Make it, send `first`, give the answer to `final`, and the last one to `verify`. */
export class ScramClient {
  /** The mechanism to name to the server. */
  readonly mechanism: Mechanism;
  /** The first message to send. */
  readonly first: string;
  readonly #header: string;
  readonly #bare: string;
  readonly #nonce: string;
  readonly #binding: Uint8Array | undefined;
  #expected: Uint8Array | undefined;

  /**
   * The client of one login.
   *
   * @param user the account name
   * @param binding channel binding data, or `undefined` without TLS
   * @param nonce for tests only
   */
  constructor(user: string, binding: Uint8Array | undefined, nonce: string = newNonce()) {
    this.mechanism = binding ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256";
    this.#binding = binding;
    this.#nonce = nonce;
    this.#header = binding ? `${PLUS_FLAG},,` : "n,,";
    this.#bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
    this.first = this.#header + this.#bare;
  }

  /**
   * Answers the server's challenge.
   *
   * @param serverFirst `r=…,s=…,i=…`
   * @param salted gives the salted password; it is asked for once the challenge has been checked
   * @throws {StatusError} 400 when the challenge is malformed, not an answer to `first`, or asks for too little or too much work
   */
  async final(
    serverFirst: string,
    salted: (salt: Uint8Array, iterations: number) => Promise<Uint8Array>,
  ): Promise<string> {
    const attributes = attributesOf(serverFirst);
    if (attributes.has("m")) refuse("an extension is demanded");
    const nonce = attributes.get("r") ?? "";
    const added = nonce.length - this.#nonce.length;
    if (!nonce.startsWith(this.#nonce) || added < SCRAM_NONCE_LEAST_CHARACTERS) refuse("nonce");
    const count = attributes.get("i") ?? "";
    const iterations = /^[1-9]\d{0,9}$/.test(count) ? Number(count) : NaN;
    const salt = decodeBase64(attributes.get("s"));
    if (salt.length === 0) refuse("no salt");
    if (!(iterations >= SCRAM_ITERATIONS_LEAST && iterations <= SCRAM_ITERATIONS_MOST)) refuse("iteration count");
    return this.prove(serverFirst, nonce, await salted(salt, iterations));
  }

  /** The proof for a checked challenge. */
  prove(serverFirst: string, nonce: string, saltedPassword: Uint8Array): string {
    const withoutProof = `c=${channelData(this.#header, this.#binding)},r=${nonce}`;
    const authMessage = `${this.#bare},${serverFirst},${withoutProof}`;
    const clientKey = hmac(saltedPassword, "Client Key");
    const proof = xor(clientKey, hmac(sha256(clientKey), authMessage));
    this.#expected = hmac(hmac(saltedPassword, "Server Key"), authMessage);
    return `${withoutProof},p=${proof.toBase64()}`;
  }

  /**
   * Checks the server's signature: only who holds the verifier, for this certificate, can make it.
   *
   * @throws {StatusError} 400 when it is missing or wrong
   */
  verify(serverFinal: string): void {
    const signature = decodeBase64(attributesOf(serverFinal).get("v"));
    if (!this.#expected || !timingSafeEqual(signature, this.#expected)) refuse("the server's proof is wrong");
  }
}

/** The server's side of one login, made from the client's first message. */
export class ScramServer {
  /** The account name as sent. */
  readonly user: string;
  readonly #header: string;
  readonly #bare: string;
  readonly #nonce: string;
  readonly #binding: Uint8Array | undefined;
  #serverFirst = "";

  /**
   * The server of one login, from the client's first message.
   *
   * @param mechanism what the client named
   * @param clientFirst its first message
   * @param options `binding`: channel binding data when TLS is on, which makes PLUS the only mechanism; `nonce` for
   *   tests only, with which the client's may be as short as those of the RFC
   * @throws {StatusError} 400 when the message is malformed or the binding was stripped or changed
   */
  constructor(
    mechanism: Mechanism,
    clientFirst: string,
    options: { binding: Uint8Array | undefined; nonce?: string },
  ) {
    this.#binding = options.binding;
    const match = /^((?:p=[A-Za-z0-9.-]+|[ny]),,)(n=((?:[^,=]|=2C|=3D)*),r=([\x21-\x2b\x2d-\x7e]+))$/.exec(clientFirst);
    if (!match) refuse("malformed");
    // With TLS both ends can bind: "n" and "y" are then the sign of a downgrade (RFC 5802, section 6).
    const expected = options.binding ? `${PLUS_FLAG},,` : "n,,";
    const expectedMechanism = options.binding ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256";
    if (match[1] !== expected || mechanism !== expectedMechanism) refuse("channel binding");
    this.#header = match[1];
    this.#bare = match[2]!;
    this.user = match[3]!.replaceAll("=2C", ",").replaceAll("=3D", "=");
    if (options.nonce === undefined && match[4]!.length < SCRAM_NONCE_LEAST_CHARACTERS) refuse("nonce");
    this.#nonce = match[4]! + (options.nonce ?? newNonce());
  }

  /** The challenge. */
  challenge({ salt, iterations }: Pick<Verifier, "salt" | "iterations">): string {
    this.#serverFirst = `r=${this.#nonce},s=${salt.toBase64()},i=${iterations}`;
    return this.#serverFirst;
  }

  /**
   * Checks the client's proof.
   *
   * @returns the server's signature to send, or `undefined` when the proof is wrong
   * @throws {StatusError} 400 when the message is malformed, or for another nonce or certificate
   */
  verify(clientFinal: string, verifier: Verifier): string | undefined {
    const cut = clientFinal.lastIndexOf(",p=");
    const withoutProof = clientFinal.slice(0, cut);
    if (cut < 0 || withoutProof !== `c=${channelData(this.#header, this.#binding)},r=${this.#nonce}`) {
      refuse("channel binding or nonce");
    }
    const proof = decodeBase64(clientFinal.slice(cut + 3));
    if (proof.length !== verifier.storedKey.length) refuse("proof length");
    const authMessage = `${this.#bare},${this.#serverFirst},${withoutProof}`;
    const clientKey = xor(proof, hmac(verifier.storedKey, authMessage));
    if (!timingSafeEqual(sha256(clientKey), verifier.storedKey)) return undefined;
    return `v=${hmac(verifier.serverKey, authMessage).toBase64()}`;
  }
}
