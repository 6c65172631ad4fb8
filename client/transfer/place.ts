/** Where a local name really is: the path of its folder without links, so that it is the same however it was spelt. */
import { realPathOf } from "../../files/lookup.ts";
import { basename, dirname, join, SEPARATOR } from "@std/path";

/** The place of a name, whether something is there or not. @throws the error of the operating system for its folder */
export function placeOf(path: string): string {
  return join(realPathOf(dirname(path)), basename(path));
}

/** Whether a place is below a folder. Both without links. */
export function isBelow(place: string, folder: string): boolean {
  return place.startsWith(folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR);
}
