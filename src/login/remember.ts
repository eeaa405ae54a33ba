/**
 * Memories of bounded size: what was put in last is kept.
 *
 * @module
 */

/** Puts it in as the newest, and drops the oldest where there are more than so many. */
export function remember<K, V>(memory: Map<K, V>, key: K, value: V, most: number): void {
  memory.delete(key);
  memory.set(key, value);
  const oldest = memory.keys().next();
  if (memory.size > most && !oldest.done) memory.delete(oldest.value);
}
