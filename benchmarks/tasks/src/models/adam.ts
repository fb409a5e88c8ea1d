import type { Parameters } from './parameters.ts';
import { zerosLike } from './parameters.ts';

/** Kingma and Ba 2014 with beta1 0.9, beta2 0.999, epsilon 1e-8; updates the weights in place. */
export function createAdam<P extends Parameters>(weights: P, learningRate: number): (gradients: P) => void {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const means = zerosLike(weights);
  const squares = zerosLike(weights);
  let decay1 = 1;
  let decay2 = 1;
  return (gradients) => {
    decay1 *= beta1;
    decay2 *= beta2;
    const rate = learningRate / (1 - decay1);
    const correction = 1 / (1 - decay2);
    for (const name in weights) {
      const weight = weights[name]!;
      const gradient = gradients[name]!;
      const mean = means[name]!;
      const square = squares[name]!;
      for (let i = 0; i < weight.length; i++) {
        const g = gradient[i]!;
        const m = beta1 * mean[i]! + (1 - beta1) * g;
        const v = beta2 * square[i]! + (1 - beta2) * g * g;
        mean[i] = m;
        square[i] = v;
        weight[i]! -= (rate * m) / (Math.sqrt(v * correction) + epsilon);
      }
    }
  };
}
