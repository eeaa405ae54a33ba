/**
 * Loaded into a replica: on SIGUSR2 its event loop stands still for two seconds, as under a long garbage collection, while its kernel
 * goes on to acknowledge what arrives.
 */

const blockMs = 2_000;

process.on("SIGUSR2", () => {
  const until = performance.now() + blockMs;
  while (performance.now() < until);
});
