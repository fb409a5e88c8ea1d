// The Chromium that is installed: no browser is ever downloaded.
import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where it is; undefined where there is none. */
export const chromiumPath = places.find((path) => existsSync(path));

export const noChromium = `No browser at ${places.join(', ')}`;

/** Let it run as root, and keep it from the network: no name is looked up but localhost. */
export const chromiumSwitches = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];
