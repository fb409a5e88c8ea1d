// Runs the tests of one browser backend: node scripts/test-in-browser.mjs webgpu
// Graphics in software now and then lose their process, and with it all tests of the file that is running. A file that
// failed for that reason, and for no other, is run once more in a browser of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [backend] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'gradclip-browser-'));
/** What a page says once the process of its graphics is gone. */
const LOST =
  /external Instance reference no longer exists|createBuffer failed, size \(\d+\) is too large|Failed to import test file .*setup\.ts/;

try {
  const lost = run([]);
  if (lost.length > 0) {
    console.log(`The graphics process was lost in ${lost.length} files, which run again: ${lost.join(', ')}`);
    const failed = lost.filter((file) => {
      run([file]);
      return process.exitCode !== 0;
    });
    for (const file of failed) console.log(`It failed again: ${file}`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the files, or all; returns those to run again, and sets the exit code where that would not help. */
function run(files) {
  const output = join(work, 'result.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', `tfjs-${backend}`, ...reporters, ...files],
    {
      cwd: root,
      env: { ...process.env, GRADCLIP_BACKENDS: backend },
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
  if (status === 0 || files.length > 0) return [];
  const failed = JSON.parse(readFileSync(output, 'utf8')).testResults.filter((file) => file.status === 'failed');
  const isLost = ({ message, assertionResults }) =>
    LOST.test(message) ||
    assertionResults.some(({ failureMessages }) => failureMessages.some((text) => LOST.test(text)));
  return failed.length > 0 && failed.every(isLost) ? failed.map(({ name }) => name) : [];
}
