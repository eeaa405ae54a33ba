/**
 * What applications ask beside logins: 200 done, 422 refused by the directory, 503 unavailable, and 4xx for what nobody was asked.
 *
 * @module
 */

import type { FastifyInstance, FastifyReply } from "fastify";
import { Deadline } from "../../login/deadline.ts";
import { operationMethods } from "../../login/operation.ts";
import type { Operation, OperationEnd, OperationMethod } from "../../login/operation.ts";
import { dropSecrets } from "../../login/request.ts";
import { unavailable } from "../../login/verdict.ts";
import type { OperateFrom } from "../throttle/throttled-requests.ts";
import type { ApiCallers } from "./api-callers.ts";
import { disclosedRefusal } from "./disclosure.ts";
import { refuse, retryAfter } from "./login-route.ts";
import type { LoginRouteOptions } from "./login-route.ts";
import { parseOperation } from "./parse-operation.ts";

export interface OperationRoutesOptions extends Omit<LoginRouteOptions, "authenticate"> {
  readonly operate: OperateFrom;
  readonly callers: ApiCallers;
}

export const operationPaths: Readonly<Record<OperationMethod, string>> = {
  "users.search": "/v1/users/search",
  "groups.list": "/v1/groups/list",
  "password.change": "/v1/password/change",
  "password.reset": "/v1/password/reset",
};

/** Who changes their own password proves it with the old one. */
const self = "self";

export function addOperationRoutes(server: FastifyInstance, options: OperationRoutesOptions): void {
  const { callers, events, loginDeadlineMs } = options;
  for (const method of operationMethods) {
    server.post(operationPaths[method], async (request, reply) => {
      const parsed = parseOperation(method, request.body, options);
      if (!parsed.ok) return refuse(reply, parsed.code, events);
      const { operation } = parsed;
      try {
        const permission =
          method === "password.change"
            ? ({ kind: "permitted", caller: self } as const)
            : callers.permit(request.headers.authorization, method, operation.connection);
        if (permission.kind !== "permitted") return refuse(reply, permission.kind, events);
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
  { id, method }: Operation,
  end: OperationEnd,
  { disclosure, random }: Pick<OperationRoutesOptions, "disclosure" | "random">,
): FastifyReply {
  const { outcome } = end;
  switch (end.outcome) {
    case "done": {
      const { kind: _, ...result } = end.result;
      return reply.code(200).send({ outcome, attempt: id, ...result });
    }
    case "refused": {
      const reason = method === "password.change" ? disclosedRefusal(end.reason, disclosure) : end.reason;
      return reply.code(422).send({ outcome, attempt: id, reason });
    }
    case "unavailable":
      return retryAfter(reply, { isThrottled: end.fault === "throttled" }, random).send({
        outcome,
        attempt: id,
        fault: end.fault,
      });
  }
}
