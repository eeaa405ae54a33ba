/**
 * The inbox of a gateway that asks one thing after another.
 *
 * @module
 */

import { Deadline } from "../../login/deadline.ts";
import { withinDeadline } from "../../login/within-deadline.ts";
import type { Bus, BusMessage, Subscription } from "../../protocol/bus-port.ts";
import { encodeMessage, onGatewayInbox, parseMessage } from "../../protocol/messages.ts";
import type { GatewayInboxMessage, Message } from "../../protocol/messages.ts";
import { allReplies } from "../../protocol/subjects.ts";

export type BoxedAnswer = GatewayInboxMessage | { readonly type: "no_responders" };

export class ReplyBox implements Disposable {
  readonly #bus: Bus;
  readonly #subscription: Subscription;
  #listener: ((answer: BoxedAnswer) => void) | undefined;

  constructor(bus: Bus, inbox: string) {
    this.#bus = bus;
    this.#subscription = bus.subscribe(allReplies(inbox), {
      onMessage: (message) => this.#received(message),
    });
  }

  /**
   * Sends one message and waits for the first answer that is one to it.
   * @returns undefined when there was none in that time.
   */
  async ask<T>(
    to: { readonly subject: string; readonly reply: string },
    message: Message,
    pick: (answer: BoxedAnswer) => T | undefined,
    timeoutMs: number,
  ): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#listener = (answer) => {
      const picked = pick(answer);
      if (picked !== undefined) resolve(picked);
    };
    this.#bus.publish(to.subject, encodeMessage(message), to.reply);
    const answer = await withinDeadline(Deadline.after(timeoutMs), promise);
    this.#listener = undefined;
    return answer === "timeout" ? undefined : answer;
  }

  [Symbol.dispose](): void {
    this.#subscription.close();
  }

  #received({ noResponders, payload }: BusMessage): void {
    if (noResponders) {
      this.#listener?.({ type: "no_responders" });
      return;
    }
    const parsed = parseMessage(onGatewayInbox, payload);
    if (parsed.ok) this.#listener?.(parsed.message);
  }
}
