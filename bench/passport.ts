/**
 * `passport-ldapauth` without passport: its package has no types, and says how a login ended by calling one of three methods.
 *
 * @module
 */

import { createRequire } from "node:module";

interface Strategy {
  success: () => void;
  fail: () => void;
  error: (error: Error) => void;
  authenticate(request: { readonly body: object }): void;
}

interface Package {
  readonly Strategy: new (options: { readonly server: object }) => Strategy;
}

export interface OpenedStrategy {
  logIn(username: string, password: string): Promise<boolean>;
}

export async function openStrategy(server: object): Promise<OpenedStrategy> {
  const { Strategy }: Package = createRequire(import.meta.url)("passport-ldapauth");
  const strategy = new Strategy({ server });
  return {
    logIn: (username, password) =>
      new Promise((resolve, reject) => {
        const one: Strategy = Object.assign(Object.create(strategy), {
          success: () => resolve(true),
          fail: () => resolve(false),
          error: reject,
        });
        one.authenticate({ body: { username, password } });
      }),
  };
}
