/** What of a norm enters the history that later thresholds are made of. */
export type Recording = 'raw' | 'clipped' | 'accepted';

export const RECORDINGS: readonly Recording[] = ['raw', 'clipped', 'accepted'];

/** The number to record of a norm that met `threshold`; undefined: none. */
export function recorded(recording: Recording, norm: number, threshold: number): number | undefined {
  switch (recording) {
    case 'raw':
      return norm;
    case 'clipped':
      return Math.min(norm, threshold);
    case 'accepted':
      return norm <= threshold ? norm : undefined;
  }
}
