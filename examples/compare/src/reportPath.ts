import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OptionError } from './options.ts';

/**
 * Says before the training, not after it, that the report cannot be written.
 * @throws OptionError
 */
export function checkReportPath(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new OptionError(`--report cannot be written: there is no folder '${folder}' that one may write to.`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new OptionError(`--report needs the path of a file, and '${path}' is a folder.`);
}
