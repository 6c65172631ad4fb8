/** Names that Windows gives a meaning of its own. A program that writes on Windows refuses them, server and client. */

const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;
const FORBIDDEN = /[\\:*?"<>|]/;

/** Whether a file of this name can be made on Windows and is found again under it. */
export function isAllowedOnWindows(name: string): boolean {
  return !FORBIDDEN.test(name) && !DEVICE.test(name) && !/[. ]$/.test(name);
}
