// Where add-ons are kept between checkouts, and how a checkout gets one.
import { existsSync, lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** $XDG_CACHE_HOME, else the place the system has for it, then gradclip/tfjs-node. */
export function cacheFolder({ XDG_CACHE_HOME: chosen, LOCALAPPDATA: local } = process.env) {
  const usual = process.platform === 'win32' && local ? local : join(homedir(), '.cache');
  return join(chosen && isAbsolute(chosen) ? chosen : usual, 'gradclip', 'tfjs-node');
}

/** Moves a finished folder to its place in the cache in one step. Where another process was faster, its folder stays. */
export function keep(finished, place) {
  try {
    renameSync(finished, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
  }
}

/**
 * Links deps and lib of the package's folder to those of the cache: the files of the package itself, which other
 * checkouts may share, are not touched. What an install script has left there is replaced.
 */
export function link(entry, folder) {
  for (const name of ['deps', 'lib']) {
    const place = join(folder, name);
    if (lstatSync(place, { throwIfNoEntry: false })) rmSync(place, { recursive: true, force: true });
    symlinkSync(join(entry, name), place, 'junction');
  }
}
