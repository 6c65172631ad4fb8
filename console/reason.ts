/** Why something of the operating system or of TLS failed, in words for people, without what the runtime adds. */

/** By the system's own name of the error. */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  ECONNRESET: "the other side broke it off",
  EPIPE: "the other side broke it off",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "it did not answer in time",
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOSPC: "the disk is full",
};

/** By class, where there is no such name. */
const BY_CLASS: Readonly<Record<string, string>> = {
  ConnectionRefused: BY_CODE.ECONNREFUSED!,
  AddrInUse: BY_CODE.EADDRINUSE!,
  NotFound: BY_CODE.ENOENT!,
  PermissionDenied: BY_CODE.EACCES!,
  NotCapable: "it is out of reach, as all below /dev, /proc and /sys is",
};

/** By what the TLS library says. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [/close_notify/, "the connection was cut"],
  [/InvalidContentType|corrupt message|wrong version number/i, "it does not speak TLS; --no-tls connects without"],
  [/UnknownIssuer/, "no authority that is trusted here vouches for its certificate"],
  [/failed to lookup|Name or service not known|No address/i, BY_CODE.ENOTFOUND!],
];

/** The reason in words, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, name, message } = error as Error & { code?: string };
  return (code !== undefined ? BY_CODE[code] : undefined) ?? BY_CLASS[name] ??
    BY_TEXT.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}
