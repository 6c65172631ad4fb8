/** Where it was measured. */

/** What a reader needs to judge the numbers. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** In bytes. */
  readonly memory: number;
  readonly system: string;
}

function firstMatch(file: string, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(Deno.readTextFileSync(file))?.[1];
  } catch {
    return undefined;
  }
}

/** This machine. */
export function thisMachine(): Machine {
  const distribution = firstMatch("/etc/os-release", /^PRETTY_NAME="(.*)"$/m) ?? Deno.build.os;
  return {
    cpu: firstMatch("/proc/cpuinfo", /^model name\s*:\s*(.*)$/m) ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memory: Deno.systemMemoryInfo().total,
    system: `${distribution}, kernel ${Deno.osRelease()}`,
  };
}
