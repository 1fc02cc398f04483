/**
 * Draws numbers from 0 to `size - 1`, number n with a probability in proportion to 1 / (n + 1): as calls spread over
 * customers. The same draws in every run.
 */
export function zipf(size: number): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= size; rank += 1) sums.push((sum += 1 / rank));
  const random = seeded(1);
  return () => {
    const drawn = random() * sum;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Numbers from 0 to 1 that look random (a linear congruence; Numerical Recipes, ch. 7.1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
