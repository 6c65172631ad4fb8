/** vsftpd, with curl and lftp as its clients, plain and over TLS. */
import { join } from "@std/path";
import { type Call, type Contender, nameOf, type Service, Skipped } from "../contender.ts";
import { Daemon, freePort } from "../daemon.ts";
import { findProgram, type Job, run, userName, versionOf } from "../job.ts";

const PARALLEL_FILES = 8;
/** A failure is to end it, where it would otherwise try again for long. */
const LFTP_SETTINGS = ["set cmd:fail-exit yes", "set net:max-retries 2", "set net:reconnect-interval-base 1"];

/** Anonymous, because local logins need root and PAM: that saves vsftpd the login's work, and nothing else. */
function configuration(
  port: number,
  { folder, served, user }: { folder: string; served: string; user: string },
): string {
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
background=NO
run_as_launching_user=YES
secure_chroot_dir=${folder}
seccomp_sandbox=NO
max_clients=0
max_per_ip=0
pasv_address=127.0.0.1
local_enable=NO
anonymous_enable=YES
ftp_username=${user}
no_anon_password=YES
anon_root=${served}
allow_writeable_chroot=YES
anon_world_readable_only=NO
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
write_enable=YES
mdtm_write=YES
force_dot_files=YES
xferlog_enable=NO
ssl_enable=YES
allow_anon_ssl=YES
require_ssl_reuse=NO
ssl_ciphers=HIGH
rsa_cert_file=${folder}/cert.pem
rsa_private_key_file=${folder}/key.pem
`;
}

function curlJobs(port: number, tls: readonly string[]): Contender["jobs"] {
  const curl = (...args: string[]): Job => ({ argv: ["curl", "--silent", "--show-error", ...tls, ...args] });
  const url = (path: string) => `ftp://127.0.0.1:${port}/${path}`;
  return {
    get: ({ remote, local }) => curl(url(remote), "--output", join(local, nameOf(remote))),
    put: ({ local, remote }) => curl("--upload-file", local, url(`${remote}/`)),
    getMany: ({ remote, local, count }) =>
      curl(
        "--parallel",
        "--parallel-immediate",
        "--parallel-max",
        String(count),
        ...Array.from(
          { length: count },
          (_, index) => [url(remote), "--output", join(local, String(index), nameOf(remote))],
        ).flat(),
      ),
    list: ({ remote }) => curl("--list-only", url(`${remote}/`)),
    login: ({ remote }) => curl("--head", url(remote)),
  };
}

function lftpJobs(port: number, settings: readonly string[]): Contender["jobs"] {
  const script = (...commands: string[]) =>
    [...settings, ...LFTP_SETTINGS, `open ftp://127.0.0.1:${port}`, ...commands].join("; ");
  const lftp = (...commands: string[]): Job => ({ argv: ["lftp", "--norc", "-c", script(...commands)] });
  const putTree = ({ local, remote }: Call) =>
    lftp(`mirror -R -P ${PARALLEL_FILES} "${local}" "${remote}/${nameOf(local)}"`);
  return {
    getTree: ({ remote, local }) => lftp(`mirror -P ${PARALLEL_FILES} "${remote}" "${join(local, nameOf(remote))}"`),
    putTree,
    putTreeAgain: putTree,
    list: ({ remote }) => lftp(`cls -1 "${remote}"`),
    login: ({ remote }) => lftp(`cls -l "${remote}"`),
  };
}

/** Starts vsftpd with a configuration and a certificate in `folder`. @throws {Skipped} when it is not installed */
export async function startVsftpd(folder: string, served: string): Promise<Service> {
  const vsftpd = findProgram("vsftpd");
  if (!vsftpd) throw new Skipped("vsftpd", "it is not in PATH, /usr/sbin or $VSFTPD");
  if (!findProgram("openssl")) throw new Skipped("vsftpd", "openssl, which makes its certificate, is not installed");
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert];
  await run({ argv: ["openssl", "req", "-x509", ...made] });
  const port = freePort();
  const file = join(folder, "vsftpd.conf");
  Deno.writeTextFileSync(file, configuration(port, { folder, served, user: await userName() }));
  const daemon = await Daemon.start([vsftpd, file], port);
  const common = { isVerified: false, served };
  const contenders: Contender[] = [];
  const versions: Record<string, string> = { vsftpd: await versionOf(vsftpd, "-v") };
  if (findProgram("curl")) {
    const tls = ["--ssl-reqd", "--insecure"];
    contenders.push(
      { ...common, name: "vsftpd, curl", isEncrypted: false, jobs: curlJobs(port, []) },
      { ...common, name: "vsftpd, curl, TLS", isEncrypted: true, jobs: curlJobs(port, tls) },
    );
    versions["curl"] = await versionOf("curl", "--version");
  }
  if (findProgram("lftp")) {
    const tls = [
      "set ssl:verify-certificate no",
      "set ftp:ssl-force yes",
      "set ftp:ssl-allow-anonymous yes",
      "set ftp:ssl-protect-data yes",
    ];
    const plain = ["set ftp:ssl-allow no"];
    contenders.push(
      { ...common, name: "vsftpd, lftp -P 8", isEncrypted: false, jobs: lftpJobs(port, plain) },
      { ...common, name: "vsftpd, lftp -P 8, TLS", isEncrypted: true, jobs: lftpJobs(port, tls) },
    );
    versions["lftp"] = await versionOf("lftp", "--version");
  }
  return { contenders, versions, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}
