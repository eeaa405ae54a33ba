/**
 * What applications ask beside logins: 200 done, 422 refused by the directory, 503 unavailable, and 4xx for what nobody was asked.
 *
 * @module
 */

import type { FastifyInstance, FastifyReply } from "fastify";
import type { AttemptId } from "../../login/attempt.ts";
import { Deadline } from "../../login/deadline.ts";
import { operationMethods } from "../../login/operation.ts";
import type { Operation, OperationEnd, OperationResult } from "../../login/operation.ts";
import { dropSecrets } from "../../login/request.ts";
import { unavailable } from "../../login/verdict.ts";
import type { OperateFrom } from "../throttle/throttled-requests.ts";
import type { Answers } from "./api/answers.ts";
import { operationPaths } from "./api/paths.ts";
import { disclosedRefusal } from "./disclosure.ts";
import { answerUnavailable, deny, refuse } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { parseOperation } from "./parse-operation.ts";
import { continueTrace } from "./trace-parent.ts";

export interface OperationRoutesOptions extends Omit<LoginRouteOptions, "authenticate"> {
  readonly operate: OperateFrom;
}

export function addOperationRoutes(server: FastifyInstance, options: OperationRoutesOptions): void {
  const { callers, events, loginDeadlineMs } = options;
  for (const method of operationMethods) {
    server.post(operationPaths[method], async (request, reply) => {
      const permission = callers.permit(request.headers.authorization, method);
      if (permission.kind !== "permitted") return deny(reply, permission, events);
      const parsed = parseOperation(method, request.body, options);
      if (!parsed.ok) return refuse(reply, parsed.problem, events);
      const { operation } = parsed;
      try {
        const permitted = permission.at(operation.connection);
        if (permitted !== true) return deny(reply, permitted, events);
        continueTrace(request.raw, operation.id, options);
        const end = await options.operate(
          operation,
          permission.caller,
          Deadline.after(loginDeadlineMs),
          request.ip,
        );
        return answer(reply, operation, end, options);
      } catch (error) {
        events.defect({ where: "operation_route", error });
        return answer(reply, operation, unavailable("internal_error"), options);
      } finally {
        dropSecrets(operation);
      }
    });
  }
}

function answer(
  reply: FastifyReply,
  { id: attempt, method }: Operation,
  end: OperationEnd,
  { disclosure, random }: Pick<OperationRoutesOptions, "disclosure" | "random">,
): FastifyReply {
  switch (end.outcome) {
    case "done":
      return answerDone(reply, attempt, end.result, random);
    case "refused": {
      const { outcome, reason } = end;
      const told =
        method === "password.change"
          ? ({
              outcome,
              attempt,
              reason: disclosedRefusal(reason, disclosure),
            } satisfies Answers["changeRefused"])
          : ({ outcome, attempt, reason } satisfies Answers["refused"]);
      return reply.code(422).send(told);
    }
    case "unavailable":
      return answerUnavailable(reply, { attempt, fault: end.fault }, random);
  }
}

function answerDone(
  reply: FastifyReply,
  attempt: AttemptId,
  result: OperationResult,
  random: () => number,
): FastifyReply {
  const done = { outcome: "done", attempt } as const;
  switch (result.kind) {
    case "people": {
      const { kind: _, people: users, ...page } = result;
      return reply.code(200).send({ ...done, users, ...page } satisfies Answers["userPage"]);
    }
    case "groups": {
      const { kind: _, ...groups } = result;
      return reply.code(200).send({ ...done, ...groups } satisfies Answers["groupPage"]);
    }
    case "password_set":
      return reply.code(200).send(done satisfies Answers["passwordSet"]);
    case "standing":
      // Asked for by the throttle alone.
      return answerUnavailable(reply, { attempt, fault: "internal_error" }, random);
  }
}
