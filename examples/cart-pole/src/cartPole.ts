/**
 * A pole hinged on a cart that is pushed left or right at every move; the pole has to stay up and the cart on its track.
 *
 * The task and its sizes are those of Barto, Sutton and Anderson 1983, "Neuronlike adaptive elements that can solve difficult
 * learning control problems", without the friction of the cart on the track and of the hinge.
 */

/** Numbers that describe a cart with its pole, in this order. */
export interface State {
  /** Of the cart, from the middle of the track, in m. */
  readonly position: number;
  /** Of the cart, in m/s. */
  readonly velocity: number;
  /** Of the pole, from upright, in rad; above 0 it leans to the right. */
  readonly angle: number;
  /** Of the pole, in rad/s. */
  readonly angularVelocity: number;
}

const gravity = 9.8; // m/s²
const cartMass = 1; // kg
const poleMass = 0.1; // kg
const halfLength = 0.5; // m, from the hinge to the middle of the pole
const force = 10; // N
const interval = 0.02; // s between moves

/** Half the length of the track, in m. */
export const track = 2.4;
/** How far the pole may lean: 12 degrees, in rad. */
export const lean: number = (12 * Math.PI) / 180;

/** The state 0.02 s after a push, by one step of Euler's method. */
export function push({ position, velocity, angle, angularVelocity }: State, toTheRight: boolean): State {
  const sin = Math.sin(angle);
  const cos = Math.cos(angle);
  const mass = cartMass + poleMass;
  const lever = poleMass * halfLength;
  const pushed = ((toTheRight ? force : -force) + lever * angularVelocity ** 2 * sin) / mass;
  const angularAcceleration = (gravity * sin - cos * pushed) / (halfLength * (4 / 3 - (poleMass * cos ** 2) / mass));
  const acceleration = pushed - (lever * angularAcceleration * cos) / mass;
  return {
    position: position + interval * velocity,
    velocity: velocity + interval * acceleration,
    angle: angle + interval * angularVelocity,
    angularVelocity: angularVelocity + interval * angularAcceleration,
  };
}

/** Whether the pole has fallen or the cart has left its track. */
export function isOver({ position, angle }: State): boolean {
  return Math.abs(position) > track || Math.abs(angle) > lean;
}
