/** What is asked in every one of its settings; `says` is for people. */
export type Target = { readonly says: string; readonly settings: readonly string[] } & Demand;

export type Demand =
  /** The value of the cell is at most the limit. */
  | { readonly kind: 'at most'; readonly limit: number }
  /** Of the runs of all its settings together, this share is solved. */
  | { readonly kind: 'solved'; readonly share: number }
  /** At most `limit` worse than the best of these policies, on the seeds that both have. */
  | { readonly kind: 'near'; readonly policies: readonly string[]; readonly limit: number }
  /**
   * No worse than no clipping by more than seed noise: the mean difference to `none`, seed by seed, is at most twice the
   * standard error of the mean of `none`. A rule cannot earn room by scattering more itself. Only for tasks whose seeds
   * do not change the data: there the scatter of `none` is noise.
   */
  | { readonly kind: 'no loss' };
