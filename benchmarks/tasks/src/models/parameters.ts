/** Tensors by name; gradients have the same names and lengths as the weights. */
export type Parameters = Readonly<Record<string, Float64Array>>;

/** Zeros in the form of these parameters. */
export function zerosLike<P extends Parameters>(parameters: P): P {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, new Float64Array(values.length)]),
  ) as unknown as P;
}

/** Plain stochastic gradient descent, in place. */
export function descend<P extends Parameters>(weights: P, gradients: P, learningRate: number): void {
  for (const name in weights) {
    const weight = weights[name]!;
    const gradient = gradients[name]!;
    for (let i = 0; i < weight.length; i++) weight[i]! -= learningRate * gradient[i]!;
  }
}

/** Whether no weight is NaN or infinite. */
export function areFinite(parameters: Parameters): boolean {
  for (const name in parameters) {
    const values = parameters[name]!;
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  }
  return true;
}
