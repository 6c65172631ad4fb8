/** Long work that shows how far it has come, and can be stopped. */

/**
 * Called again and again by everything that may take more than a moment, with what was worked through since: bytes that
 * were read, entries that were looked at or removed.
 *
 * @throws what the work is to end with, when nobody wants its result any more
 */
export type OnWork = (amount: number) => void;
