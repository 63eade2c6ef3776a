// The noise of a run or a sweep in words.

/** Return the noise of a row of a list of runs. @param {{is_noisy: boolean, noise_config?: any}} row */
export const noiseOfRow = ({ is_noisy: isNoisy, noise_config: config }) =>
  isNoisy && !config ? "noisy" : noiseText(config);

/**
 * Return the noise in words.
 *
 * @param {{noise_type: string, noise_level: string} | null | undefined} config `noise_config` of an execution or a
 *     sweep; there `noise_level` is the name of a device of type device
 */
export function noiseText(config) {
  if (!config) return "none";
  const { noise_type: type, noise_level: level } = config;
  if (type === "device") return `device ${level}`;
  return type === "custom" ? "own rates" : `${type}, ${level}`;
}
