/** Whether a home can take uploads, as far as that can be known before one comes. */
import { join } from "@std/path";
import { createPrivate } from "../../files/open.ts";
import { remove } from "../../files/remove.ts";
import { isOnePlace } from "../../files/volume.ts";
import { reasonOf } from "../../console/reason.ts";
import { TOP } from "../../protocol/virtual_path.ts";
import type { UserPlace } from "./user_place.ts";

/**
 * Looks at the home, and where it is on a volume of its own, tries whether uploads can be staged there.
 *
 * @param staging the folder of all staging on the root's own volume
 * @returns why they cannot; `undefined` when nothing speaks against it
 */
export function whyNotServed({ jail, staging: own }: UserPlace, staging: string): string | undefined {
  try {
    const home = jail.existing(TOP);
    if (isOnePlace(staging, home)) return undefined;
    const probe = join(own.placeFor(home), crypto.randomUUID());
    createPrivate(probe).close();
    remove(probe);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
