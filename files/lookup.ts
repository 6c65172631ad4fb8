/** What is at a path itself. */

/**
 * What is at a path, its link not followed; `undefined` when there is nothing.
 *
 * @throws the error of the operating system when it cannot be looked at
 */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
