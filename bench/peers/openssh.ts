/** OpenSSH: sshd with keys and a configuration of its own; sftp, and rsync over ssh, as its clients. */
import { join } from "@std/path";
import { type Call, type Contender, type Service, Skipped } from "../contender.ts";
import { Daemon, freePort } from "../daemon.ts";
import { findProgram, type Job, run, userName, versionOf } from "../job.ts";

/** As Debian's, but for the places, and for limits that one address and one user would meet. */
function configuration(port: number, folder: string): string {
  return `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 1000
LogLevel ERROR
Subsystem sftp internal-sftp
`;
}

function sftpJobs(options: readonly string[], { user, served }: { user: string; served: string }): Contender["jobs"] {
  const sftp = (...lines: string[]): Job => ({
    argv: ["sftp", "-q", ...options, "-b", "-", `${user}@127.0.0.1`],
    stdin: lines.map((line) => `${line}\n`).join(""),
  });
  const at = (remote: string) => `"${join(served, remote)}"`;
  return {
    get: ({ remote, local }) => sftp(`get ${at(remote)} "${local}/"`),
    put: ({ local, remote }) => sftp(`put "${local}" ${at(remote)}/`),
    getTree: ({ remote, local }) => sftp(`get -r ${at(remote)} "${local}/"`),
    putTree: ({ local, remote }) => sftp(`put -r "${local}" ${at(remote)}/`),
    putTreeDurably: ({ local, remote }) => sftp(`put -fr "${local}" ${at(remote)}/`),
    list: ({ remote }) => sftp(`ls -1 ${at(remote)}`),
    login: ({ remote }) => sftp(`ls -l ${at(remote)}`),
  };
}

function rsyncJobs(options: readonly string[], { user, served }: { user: string; served: string }): Contender["jobs"] {
  const shell = ["ssh", ...options].join(" ");
  const rsync = (...args: string[]): Job => ({ argv: ["rsync", "-a", "-e", shell, ...args] });
  const at = (remote: string) => `${user}@127.0.0.1:${join(served, remote)}`;
  const get = ({ remote, local }: Call) => rsync(at(remote), `${local}/`);
  const put = ({ local, remote }: Call) => rsync(local, `${at(remote)}/`);
  return {
    get,
    put,
    getTree: get,
    putTree: put,
    putTreeAgain: put,
    putTreeDurably: ({ local, remote }) => rsync("--fsync", local, `${at(remote)}/`),
  };
}

/** Starts sshd with keys and a configuration in `folder`. @throws {Skipped} when it is not installed or cannot start */
export async function startOpenSsh(folder: string, served: string): Promise<Service> {
  const sshd = findProgram("sshd");
  if (!sshd) throw new Skipped("OpenSSH", "sshd is not in PATH, /usr/sbin or $SSHD");
  for (const name of ["host_key", "user_key"]) {
    await run({ argv: ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)] });
  }
  const port = freePort();
  const file = join(folder, "sshd_config");
  Deno.writeTextFileSync(file, configuration(port, folder));
  await run({ argv: [sshd, "-t", "-f", file] }).catch((error: Error) => {
    throw new Skipped("OpenSSH", error.message);
  });
  const user = await userName();
  const options = sshOptions(folder, port);
  const daemon = await Daemon.start([sshd, "-D", "-f", file], port);
  const common = { isEncrypted: true, served };
  const account = { user, served };
  const contenders: Contender[] = [
    { ...common, name: "OpenSSH sftp", isVerified: false, jobs: sftpJobs(options, account) },
    {
      ...common,
      name: "OpenSSH sftp, aes128-gcm",
      isVerified: false,
      jobs: sftpJobs([...options, "-o", "Ciphers=aes128-gcm@openssh.com"], account),
    },
  ];
  if (findProgram("rsync")) {
    contenders.push({ ...common, name: "rsync over ssh", isVerified: true, jobs: rsyncJobs(options, account) });
  }
  const versions = { openssh: await versionOf("ssh", "-V") };
  return { contenders, versions, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}

/** Nothing of the caller's own settings and keys. */
function sshOptions(folder: string, port: number): string[] {
  const settings = [
    `Port=${port}`,
    `IdentityFile=${folder}/user_key`,
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "BatchMode=yes",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${folder}/known_hosts`,
    "LogLevel=ERROR",
  ];
  return ["-F", "none", ...settings.flatMap((setting) => ["-o", setting])];
}
