import { expect, test } from 'vitest';
import { isOver, lean, push, track } from '../src/cartPole.ts';

const still = { position: 0, velocity: 0, angle: 0, angularVelocity: 0 };

test('a push moves a cart at rest, and tips the pole the other way', () => {
  // pushed = 10 / 1.1 = 100/11; angular acceleration = -(100/11) / (0.5 * (4/3 - 0.1/1.1)) = -(100/11) / (41/66) = -600/41;
  // acceleration = 100/11 + (0.05 * 600/41) / 1.1 = 100/11 + 300/451 = 400/41
  const right = push(still, true);
  expect(right.velocity).toBeCloseTo(0.02 * (400 / 41), 14);
  expect(right.angularVelocity).toBeCloseTo(-0.02 * (600 / 41), 14);
  // Euler: the new speeds move nothing before the next step.
  expect(right).toMatchObject({ position: 0, angle: 0 });
  expect(push(right, true).position).toBeCloseTo(0.02 * 0.02 * (400 / 41), 14);
  expect(push(right, true).angle).toBeCloseTo(-0.02 * 0.02 * (600 / 41), 14);
});

test('right and left are mirror images', () => {
  const state = { position: 0.3, velocity: -0.4, angle: 0.05, angularVelocity: 0.6 };
  const mirrored = { position: -0.3, velocity: 0.4, angle: -0.05, angularVelocity: -0.6 };
  const [right, left] = [push(state, true), push(mirrored, false)];
  for (const name of Object.keys(state) as (keyof typeof state)[]) expect(left[name]).toBeCloseTo(-right[name], 15);
});

test('a leaning pole and its swing, with the numbers of a lean of 30 degrees', () => {
  // sin = 1/2, cos = sqrt(3)/2, cos² = 3/4, swing 2 rad/s, push to the left:
  // pushed = (-10 + 0.05 * 4 / 2) / 1.1 = -9
  // angular acceleration = (4.9 + 9 cos) / (0.5 * (4/3 - 0.075 / 1.1)) = (4.9 + 9 cos) / (167/264)
  // acceleration = -9 - 0.05 * angular acceleration * cos / 1.1
  const cos = Math.sqrt(3) / 2;
  const angular = ((4.9 + 9 * cos) * 264) / 167;
  const next = push({ position: 1, velocity: 1, angle: Math.PI / 6, angularVelocity: 2 }, false);
  expect(next.position).toBeCloseTo(1.02, 14);
  expect(next.angle).toBeCloseTo(Math.PI / 6 + 0.04, 14);
  expect(next.angularVelocity).toBeCloseTo(2 + 0.02 * angular, 13);
  expect(next.velocity).toBeCloseTo(1 + 0.02 * (-9 - (0.05 * angular * cos) / 1.1), 13);
});

test('a game is over beyond 12 degrees and beyond 2.4 m, on either side', () => {
  expect(lean).toBeCloseTo(0.2094395, 7);
  expect(track).toBe(2.4);
  for (const sign of [1, -1]) {
    expect(isOver({ ...still, angle: sign * lean })).toBe(false);
    expect(isOver({ ...still, angle: sign * (lean + 1e-9) })).toBe(true);
    expect(isOver({ ...still, position: sign * track })).toBe(false);
    expect(isOver({ ...still, position: sign * (track + 1e-9) })).toBe(true);
  }
});
