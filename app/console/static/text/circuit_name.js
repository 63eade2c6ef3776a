// The name of a run's circuit.

/** The name of a noisy run; its first group is the name without the noise. */
const NOISY_NAME =
  /^(.+)_noisy_(?:(?:depolarizing|thermal)_(?:low|medium|high|very_high)|device_[a-z][a-z0-9_-]*|custom)$/s;

/** Return the name of a run's circuit without that of its noise. @param {string} name */
export const nameWithoutNoise = (name) => NOISY_NAME.exec(name)?.[1] ?? name;
