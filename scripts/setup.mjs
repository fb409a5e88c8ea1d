// Installs and builds what has changed, so that `npm start` and `npm test` work in a fresh clone with Node and git alone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

function run(command, args) {
  // npm is a .cmd file on Windows, which only a shell starts.
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Everything an install depends on: the lock file pins the manifests of all packages, too. */
const wanted = createHash('sha256')
  .update(packageManager)
  .update(readFileSync(`${root}pnpm-lock.yaml`))
  .update(readFileSync(`${root}pnpm-workspace.yaml`))
  .digest('hex');
const stamp = `${root}node_modules/.gradclip-installed`;

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log(`Installing dependencies with ${packageManager} …`);
  run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only']);
  writeFileSync(stamp, wanted);
}
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '--build']);
