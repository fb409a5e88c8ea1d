/** A number in messages: four digits are enough to recognise it. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
